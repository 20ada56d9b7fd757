"""Pictures shrunk and enlarged again before training."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures


class Resize(Change):
    name: ClassVar[str] = "resize"
    summary: ClassVar[str] = "make every training picture smaller, and as large as before again"
    source: ClassVar[str] = "what most collections do to their pictures"
    parameter: ClassVar[str] = "how many times smaller each side is"
    strengths: ClassVar[tuple[float, ...]] = (1.5, 2, 4)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        del rng
        height, width = pictures.pixels.shape[1:3]
        small = max(1, round(width / self.strength)), max(1, round(height / self.strength))
        return np.stack(
            [
                np.asarray(
                    Image.fromarray(pixels)
                    .resize(small, Image.Resampling.BICUBIC)
                    .resize((width, height), Image.Resampling.BICUBIC)
                )
                for pixels in pictures.pixels
            ]
        )
