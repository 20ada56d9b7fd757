"""A generator trial whose rows say how visible the marks are."""

from __future__ import annotations

from dataclasses import dataclass

from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.generating.generator_trial import GeneratorTrial


@dataclass(frozen=True)
class VisibleTrial(GeneratorTrial):
    """A generator whose owners' marks are all as visible. Its rows have `psnr`, in decibels."""

    def _about(self, family: str) -> Row:
        return {**super()._about(family), "psnr": self.guilty.markings[0].psnr}
