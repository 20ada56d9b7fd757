"""Continual learning: the model goes on training on clean pictures of the same labels."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from isotopes.lab.countermeasures.countermeasure import NetworkChange
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import spare_pictures
from isotopes.lab.train.training import Model, fit, seeded

LEARNING_RATE = 0.05


class Continual(NetworkChange):
    name: ClassVar[str] = "continual"
    summary: ClassVar[str] = "go on training on clean pictures of the same labels"
    source: ClassVar[str] = "section 9"
    parameter: ClassVar[str] = "times the epochs of the first training"
    strengths: ClassVar[tuple[float, ...]] = (1, 3)

    def change(self, model: Model, described: MarkedModel) -> Model:
        usual = described.setting.recipe
        recipe = replace(
            usual,
            epochs=max(1, round(self.strength * usual.epochs)),
            learning_rate=LEARNING_RATE,
            warmup=0,
        )
        clean = spare_pictures(described.task, described.setting, described.seed)
        device = str(next(model.network.parameters()).device)
        with seeded(described.seed + 1, device):
            fit(model, clean, recipe)
        return model
