"""Randomised smoothing: the mean answer to noisy copies of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import AnswerChange
from isotopes.lab.data.pictures import to_bytes

if TYPE_CHECKING:
    from isotopes.targets import Target

COPIES = 8


class Smoothing(AnswerChange):
    name: ClassVar[str] = "smoothing"
    summary: ClassVar[str] = "answer with the mean over noisy copies of the picture"
    source: ClassVar[str] = "Cohen, Rosenfeld and Kolter (2019)"
    parameter: ClassVar[str] = "standard deviation of the noise, in levels of 255"
    strengths: ClassVar[tuple[float, ...]] = (8, 16)

    def wrap(self, target: Target, seed: int) -> Target:
        from isotopes.targets.kinds.callable import CallableTarget

        rng = np.random.default_rng([seed, 9])

        def smoothed(pictures: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
            pixels = np.stack(pictures)
            found = np.zeros((len(pixels), len(target.labels or ())))
            for _ in range(COPIES):
                noisy = pixels + rng.normal(0, self.strength, pixels.shape)
                copies = to_bytes(noisy)
                found += target.ask(list(copies)).values / COPIES
            return np.clip(found, 0, 1)

        return CallableTarget(smoothed, target.labels)
