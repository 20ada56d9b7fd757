"""JPEG compression before training."""

from __future__ import annotations

import io
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures


class Jpeg(Change):
    name: ClassVar[str] = "jpeg"
    summary: ClassVar[str] = "compress every training picture"
    source: ClassVar[str] = "what most collections do to their pictures"
    parameter: ClassVar[str] = "100 less the quality"
    strengths: ClassVar[tuple[float, ...]] = (25, 50, 75)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        del rng
        return np.stack(
            [_compressed(pixels, round(100 - self.strength)) for pixels in pictures.pixels]
        )


def _compressed(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))
