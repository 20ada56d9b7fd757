"""Transfer learning: a pretrained network whose last layers are trained again."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from isotopes.lab.folders import cache_folder
from isotopes.lab.models.bank import Bank
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.networks import get_architecture
from isotopes.lab.train.training import Model, fit, seeded

VERSION = 1  # goes up when the same description gives a different model


@dataclass(frozen=True)
class TransferModel:
    """A network, described by everything that goes into it.

    Attributes:
        student: what it is finally trained on, and how; of the teacher's architecture.
        teacher: the network that all layers but the last come from.
        unfrozen: how many of the last layers are trained; at least the last one is.
        version: of this code.
    """

    student: MarkedModel
    teacher: MarkedModel
    unfrozen: int
    version: int = VERSION

    @property
    def seed(self) -> int:
        """Seed of all choices and of the training."""
        return self.student.seed

    def train(self) -> Model:
        """Train it, on a GPU if there is one; first the teacher, unless it exists."""
        teacher = Bank(cache_folder() / "models").get(self.teacher)
        setting, device = self.student.setting, best_device()
        pictures = self.student.pictures()
        with seeded(self.student.seed, device):
            network = get_architecture(setting.architecture).build(len(pictures.names))
            take_over(network, teacher.network, self.unfrozen)
            network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            model = Model(
                network,
                setting.architecture,
                pictures.names,
                teacher.mean,
                teacher.std,
                setting.size,
            )
            fit(model, pictures, setting.recipe)
        return model


def take_over(network: nn.Module, teacher: nn.Module, unfrozen: int) -> None:
    """Give `network` the teacher's layers but the last, and let only the last `unfrozen` learn."""
    layers = layers_of(network)
    last = set(layers[-1])
    own = {name for name in network.state_dict() if name not in last}
    taken = {name: value for name, value in teacher.state_dict().items() if name in own}
    network.load_state_dict({**network.state_dict(), **taken})
    learning = {name for layer in layers[-unfrozen:] for name in layer}
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in learning)


def layers_of(network: nn.Module) -> list[list[str]]:
    """Names of the parameters of each layer, from input to output.

    A layer is a convolution or a linear map with whatever follows it until the next one.
    """
    layers: list[list[str]] = []
    for name, parameter in network.named_parameters():
        if parameter.ndim > 1 or not layers:
            layers.append([])
        layers[-1].append(name)
    return layers
