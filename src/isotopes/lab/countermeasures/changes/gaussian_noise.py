"""Gaussian noise on every training picture, new for each."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes


class GaussianNoise(Change):
    name: ClassVar[str] = "gaussian_noise"
    summary: ClassVar[str] = "add Gaussian noise to every training picture"
    source: ClassVar[str] = "section 8.3 and figure 15"
    parameter: ClassVar[str] = "standard deviation, in levels of 255"
    strengths: ClassVar[tuple[float, ...]] = (8, 16, 32, 64)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        noise = rng.normal(0, self.strength, pictures.pixels.shape)
        return to_bytes(pictures.pixels + noise)
