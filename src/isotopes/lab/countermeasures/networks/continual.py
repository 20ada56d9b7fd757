"""Continual learning: the model goes on training on clean pictures of the same labels."""

from __future__ import annotations

from typing import ClassVar

from isotopes.lab.countermeasures.countermeasure import NetworkChange
from isotopes.lab.models.continued_model import go_on
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import spare_pictures
from isotopes.lab.train.training import Model


class Continual(NetworkChange):
    name: ClassVar[str] = "continual"
    summary: ClassVar[str] = "go on training on clean pictures of the same labels"
    source: ClassVar[str] = "section 9"
    parameter: ClassVar[str] = "times the epochs of the first training"
    strengths: ClassVar[tuple[float, ...]] = (1, 3)

    def change(self, model: Model, described: MarkedModel) -> Model:
        clean = spare_pictures(described.task, described.setting, described.seed)
        go_on(model, clean, described, self.strength, described.seed + 1)
        return model
