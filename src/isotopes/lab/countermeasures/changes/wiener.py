"""A Wiener filter before training: it removes small variations as noise."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes

SIDE = 5  # of the window in pixels


class Wiener(Change):
    name: ClassVar[str] = "wiener"
    summary: ClassVar[str] = "filter every training picture as if faint patterns were noise"
    source: ClassVar[str] = "Lim (1990), as in scipy.signal.wiener"
    parameter: ClassVar[str] = "standard deviation of what counts as noise, in levels of 255"
    strengths: ClassVar[tuple[float, ...]] = (8, 16, 32)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        del rng
        from scipy.ndimage import uniform_filter

        window = (1, SIDE, SIDE, 1)
        values = pictures.pixels.astype(np.float32)
        mean = uniform_filter(values, window, mode="nearest")
        variance = uniform_filter(values**2, window, mode="nearest") - mean**2
        kept = np.maximum(variance - self.strength**2, 0) / np.maximum(variance, 1e-6)
        return to_bytes(mean + kept * (values - mean))
