"""Pruning: the smallest weights are set to 0."""

from __future__ import annotations

from typing import ClassVar

from torch import nn
from torch.nn.utils import prune

from isotopes.lab.countermeasures.countermeasure import NetworkChange
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.train.training import Model


class Pruning(NetworkChange):
    name: ClassVar[str] = "pruning"
    summary: ClassVar[str] = "set the smallest weights to 0"
    source: ClassVar[str] = "fine-pruning (Liu, Dolan-Gavitt and Garg 2018), without its training"
    parameter: ClassVar[str] = "fraction of the weights"
    strengths: ClassVar[tuple[float, ...]] = (0.3, 0.5, 0.7)

    def change(self, model: Model, described: MarkedModel) -> Model:
        del described
        weights = [
            (layer, "weight")
            for layer in model.network.modules()
            if isinstance(layer, nn.Conv2d | nn.Linear)
        ]
        prune.global_unstructured(weights, prune.L1Unstructured, amount=self.strength)
        for layer, name in weights:
            prune.remove(layer, name)  # type: ignore[no-untyped-call]
        return model
