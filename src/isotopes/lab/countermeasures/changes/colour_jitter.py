"""Colours changed at random in every training picture."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes


class ColourJitter(Change):
    name: ClassVar[str] = "colour_jitter"
    summary: ClassVar[str] = "change brightness, contrast and colours of every picture"
    source: ClassVar[str] = "common augmentation"
    parameter: ClassVar[str] = "largest relative change of each"
    strengths: ClassVar[tuple[float, ...]] = (0.2, 0.4)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        def factors(channels: int) -> NDArray[np.float64]:
            size = (len(pictures), 1, 1, channels)
            return rng.uniform(1 - self.strength, 1 + self.strength, size)

        values = pictures.pixels * factors(3) * factors(1)
        mean = values.mean(axis=(1, 2), keepdims=True)
        return to_bytes(mean + factors(1) * (values - mean))
