"""Softer answers, by a temperature of the softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import AnswerChange

if TYPE_CHECKING:
    from isotopes.targets import Target


class Temperature(AnswerChange):
    name: ClassVar[str] = "temperature"
    summary: ClassVar[str] = "answer with a softer softmax, rounded to two decimals"
    source: ClassVar[str] = "a defence against membership inference (Shokri et al. 2017)"
    parameter: ClassVar[str] = "temperature"
    strengths: ClassVar[tuple[float, ...]] = (3, 10)

    def wrap(self, target: Target, seed: int) -> Target:
        del seed
        from isotopes.targets.granularity import Rounded, soften
        from isotopes.targets.kinds.callable import CallableTarget

        def softer(pictures: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
            return soften(target.ask(pictures).values, self.strength)

        return Rounded(CallableTarget(softer, target.labels), 2)
