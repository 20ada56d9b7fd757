"""An ensemble: the mean answer of three networks, each trained on a part of the pictures."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch

from isotopes.lab.countermeasures.countermeasure import Countermeasure
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.networks import get_architecture
from isotopes.lab.networks.blocks.ensemble import Ensemble
from isotopes.lab.networks.variants import MEMBERS
from isotopes.lab.train.training import Model, fit, moments, seeded


class EnsembleOfParts(Countermeasure):
    name: ClassVar[str] = "ensemble"
    summary: ClassVar[str] = "answer with the mean of three networks trained on parts"
    source: ClassVar[str] = "as the teachers of PATE (Papernot et al. 2017), without its noise"
    parameter: ClassVar[str] = "fraction of the pictures that each network lacks"
    strengths: ClassVar[tuple[float, ...]] = (0.33, 0.67)

    def train(self, described: MarkedModel) -> Model:
        """At strength 0.67 no picture is seen by two of them."""
        setting, pictures = described.setting, described.pictures()
        order = np.random.default_rng([described.seed, 9]).permutation(len(pictures))
        size = max(2, round((1 - self.strength) * len(pictures)))
        device = best_device()
        with seeded(described.seed, device):
            network = get_architecture(f"{setting.architecture}_ensemble").build(
                len(pictures.names)
            )
            network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            assert isinstance(network, Ensemble)
            mean, std = moments(pictures.pixels)
            for index, member in enumerate(network.members):
                mine = np.roll(order, -index * (len(pictures) // MEMBERS))[:size]
                alone = Model(member, setting.architecture, pictures.names, mean, std, setting.size)
                fit(alone, pictures.at(np.sort(mine)), setting.recipe)
        name = f"{setting.architecture}_ensemble"
        return Model(network.eval(), name, pictures.names, mean, std, setting.size)
