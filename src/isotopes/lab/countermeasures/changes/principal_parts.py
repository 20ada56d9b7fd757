"""Purification: pictures rebuilt from their principal components over all pictures."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes


class PrincipalParts(Change):
    name: ClassVar[str] = "principal_parts"
    summary: ClassVar[str] = "rebuild every picture by the best linear autoencoder"
    source: ClassVar[str] = "purification, such as MagNet (Meng and Chen 2017), in its linear form"
    parameter: ClassVar[str] = "fraction of the variance that is lost"
    strengths: ClassVar[tuple[float, ...]] = (0.01, 0.05)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        del rng
        rows = pictures.pixels.reshape(len(pictures), -1).astype(np.float32)
        mean = rows.mean(axis=0)
        variances, directions = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
        lost = variances.cumsum() <= self.strength * variances.sum()  # rising
        kept = directions[:, ~lost].astype(np.float32)
        rebuilt = mean + (rows - mean) @ kept @ kept.T
        return to_bytes(rebuilt).reshape(pictures.pixels.shape)
