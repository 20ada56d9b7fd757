"""Scores rounded to few decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.countermeasures.countermeasure import AnswerChange

if TYPE_CHECKING:
    from isotopes.targets import Target


class Rounding(AnswerChange):
    name: ClassVar[str] = "rounding"
    summary: ClassVar[str] = "round every score"
    source: ClassVar[str] = "what services do (table 9)"
    parameter: ClassVar[str] = "minus the decimals"
    strengths: ClassVar[tuple[float, ...]] = (-2, -1)

    def wrap(self, target: Target, seed: int) -> Target:
        del seed
        from isotopes.targets.granularity import Rounded

        return Rounded(target, round(-self.strength))
