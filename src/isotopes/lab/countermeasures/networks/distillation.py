"""Distillation: a fresh network learns the model's answers on pictures that carry no mark."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from isotopes.lab.countermeasures.countermeasure import NetworkChange, train_on
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import spare_pictures
from isotopes.lab.train.training import Model


class Distillation(NetworkChange):
    name: ClassVar[str] = "distillation"
    summary: ClassVar[str] = "train a fresh network on the model's labels for unmarked pictures"
    source: ClassVar[str] = "Hinton, Vinyals and Dean (2015), with its labels alone"
    parameter: ClassVar[str] = "fraction of the spare unmarked pictures that is used"
    strengths: ClassVar[tuple[float, ...]] = (1,)

    def change(self, model: Model, described: MarkedModel) -> Model:
        spare = spare_pictures(described.task, described.setting, described.seed)
        count = round(self.strength * len(spare))
        rng = np.random.default_rng([described.seed, 8])
        some = spare.at(np.sort(rng.permutation(len(spare))[:count]))
        taught = model.predict(some.pixels).argmax(axis=1).astype(np.int64)
        return train_on(described, Pictures(some.pixels, taught, some.names))
