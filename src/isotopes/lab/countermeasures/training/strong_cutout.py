"""Cutout of a large square: marks and objects are seen in parts."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from isotopes.lab.countermeasures.countermeasure import OtherRecipe
from isotopes.lab.train.recipe import Recipe


class StrongCutout(OtherRecipe):
    name: ClassVar[str] = "cutout"
    summary: ClassVar[str] = "cut a large square out of every training picture"
    source: ClassVar[str] = "DeVries and Taylor (2017)"
    parameter: ClassVar[str] = "side of the square in pixels"
    strengths: ClassVar[tuple[float, ...]] = (8, 16)

    def recipe(self, usual: Recipe) -> Recipe:
        return replace(usual, cutout=int(self.strength))
