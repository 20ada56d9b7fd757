"""A median filter before training."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures


class Median(Change):
    name: ClassVar[str] = "median"
    summary: ClassVar[str] = "replace every pixel by the median around it"
    source: ClassVar[str] = "feature squeezing (Xu, Evans and Qi 2018)"
    parameter: ClassVar[str] = "side of the window in pixels"
    strengths: ClassVar[tuple[float, ...]] = (3, 5)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        del rng
        from scipy.ndimage import median_filter

        side = int(self.strength)
        found: NDArray[np.uint8] = median_filter(
            pictures.pixels, (1, side, side, 1), mode="nearest"
        )
        return found
