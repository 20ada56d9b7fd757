"""Strong weight decay: features that few pictures need cost more than they gain."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from isotopes.lab.countermeasures.countermeasure import OtherRecipe
from isotopes.lab.train.recipe import Recipe


class WeightDecay(OtherRecipe):
    name: ClassVar[str] = "weight_decay"
    summary: ClassVar[str] = "train with strong weight decay"
    source: ClassVar[str] = "regularisation against memorising (Krogh and Hertz 1991)"
    parameter: ClassVar[str] = "times the usual weight decay"
    strengths: ClassVar[tuple[float, ...]] = (4, 16)

    def recipe(self, usual: Recipe) -> Recipe:
        return replace(usual, weight_decay=self.strength * usual.weight_decay)
