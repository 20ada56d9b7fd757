"""Quantisation: weights of few bits, as for phones."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from isotopes.lab.countermeasures.countermeasure import NetworkChange
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.train.training import Model


class Quantisation(NetworkChange):
    name: ClassVar[str] = "quantisation"
    summary: ClassVar[str] = "round the weights of each output channel to few levels"
    source: ClassVar[str] = "what on-device converters do to weights"
    parameter: ClassVar[str] = "16 less the bits of a weight"
    strengths: ClassVar[tuple[float, ...]] = (8, 12)

    def change(self, model: Model, described: MarkedModel) -> Model:
        del described
        levels = 2 ** (16 - int(self.strength) - 1) - 1
        with torch.no_grad():
            for layer in model.network.modules():
                if isinstance(layer, nn.Conv2d | nn.Linear):
                    flat = layer.weight.flatten(1)
                    step = flat.abs().amax(dim=1).clamp_min(1e-12) / levels
                    rounded = (flat / step[:, None]).round() * step[:, None]
                    layer.weight.copy_(rounded.view_as(layer.weight))
        return model
