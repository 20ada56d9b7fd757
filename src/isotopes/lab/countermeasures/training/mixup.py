"""Mixup: every training picture is a blend of two, with their labels."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from isotopes.lab.countermeasures.countermeasure import OtherRecipe
from isotopes.lab.train.recipe import Recipe


class Mixup(OtherRecipe):
    name: ClassVar[str] = "mixup"
    summary: ClassVar[str] = "train on blends of two pictures with blended labels"
    source: ClassVar[str] = "Zhang et al. (2018)"
    parameter: ClassVar[str] = "alpha of the Beta distribution that the blends are drawn from"
    strengths: ClassVar[tuple[float, ...]] = (0.2, 1)

    def recipe(self, usual: Recipe) -> Recipe:
        return replace(usual, mixup=self.strength)
