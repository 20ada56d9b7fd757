"""Noise on the logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.countermeasures.countermeasure import AnswerChange

if TYPE_CHECKING:
    from isotopes.targets import Target


class LogitNoise(AnswerChange):
    name: ClassVar[str] = "logit_noise"
    summary: ClassVar[str] = "add Gaussian noise to the logits of every answer"
    source: ClassVar[str] = "section 8.4 and figure 17"
    parameter: ClassVar[str] = "standard deviation"
    strengths: ClassVar[tuple[float, ...]] = (0.5, 1, 2, 4, 8)

    def wrap(self, target: Target, seed: int) -> Target:
        from isotopes.targets.granularity import Noisy

        return Noisy(target, self.strength, seed)
