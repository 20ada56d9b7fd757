"""Only the best K labels are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.countermeasures.countermeasure import AnswerChange

if TYPE_CHECKING:
    from isotopes.targets import Target


class TopKAnswers(AnswerChange):
    name: ClassVar[str] = "top_k"
    summary: ClassVar[str] = "show the best K labels only"
    source: ClassVar[str] = "section 8.4 and figure 18"
    parameter: ClassVar[str] = "minus K"
    strengths: ClassVar[tuple[float, ...]] = (-10, -5, -2, -1)

    def wrap(self, target: Target, seed: int) -> Target:
        del seed
        from isotopes.targets import granularity

        return granularity.TopK(target, round(-self.strength))
