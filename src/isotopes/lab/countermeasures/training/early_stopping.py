"""Early stopping: features of few pictures are learned late."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from isotopes.lab.countermeasures.countermeasure import OtherRecipe
from isotopes.lab.train.recipe import Recipe


class EarlyStopping(OtherRecipe):
    name: ClassVar[str] = "early_stopping"
    summary: ClassVar[str] = "train for fewer epochs"
    source: ClassVar[str] = "Arpit et al. (2017): common patterns are learned first"
    parameter: ClassVar[str] = "fraction of the epochs that is left out"
    strengths: ClassVar[tuple[float, ...]] = (0.5, 0.8)

    def recipe(self, usual: Recipe) -> Recipe:
        epochs = max(1, round((1 - self.strength) * usual.epochs))
        warmup = None if usual.warmup is None else min(usual.warmup, epochs / 2)
        return replace(usual, epochs=epochs, warmup=warmup)
