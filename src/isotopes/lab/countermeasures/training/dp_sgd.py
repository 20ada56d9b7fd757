"""DP-SGD: no single picture may move the network far, and noise hides what it did."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn
from torch.func import functional_call, grad_and_value, vmap

from isotopes.lab.countermeasures.countermeasure import OtherStep
from isotopes.lab.train.losses import get_loss
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, Step

CLIP = 1.0  # the longest gradient of one picture


class DifferentiallyPrivate(OtherStep):
    """The gradient of every picture, clipped to one length; their sum, with Gaussian noise.

    Batches are the usual ones, not drawn again by chance, and networks have group instead of batch
    normalisation, which would mix pictures. So we claim no epsilon; we only measure what
    clipping and noise do to a mark that many pictures share.
    """

    name: ClassVar[str] = "dp_sgd"
    summary: ClassVar[str] = "clip the gradient of every single picture and add noise"
    source: ClassVar[str] = "Abadi et al. (2016)"
    parameter: ClassVar[str] = "noise multiplier"
    strengths: ClassVar[tuple[float, ...]] = (0.3, 1)

    def network(self, usual: str) -> str:
        return f"{usual}_groups"

    def step(self, model: Model, recipe: Recipe) -> Step:
        network = model.network
        with_loss = WithLoss(network, recipe)

        def step(given: torch.Tensor, labels: torch.Tensor, number: int) -> torch.Tensor:
            samples, losses = picture_gradients(with_loss, given, labels, number)
            private_gradients(list(network.parameters()), samples, self.strength)
            return losses.mean()

        return step


class WithLoss(nn.Module):
    """The loss of one picture, as a function of the network's parameters."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.network = network
        self._criterion = get_loss(recipe.loss).of(network, recipe.smoothing)

    def forward(self, picture: torch.Tensor, label: torch.Tensor, number: int) -> torch.Tensor:
        return self._criterion(picture[None], label[None], number)


def picture_gradients(
    with_loss: nn.Module, given: torch.Tensor, labels: torch.Tensor, number: int
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """The gradient of each picture's loss in each parameter, shape (pictures, ...), and the losses.

    By torch's own `vmap`. Opacus reads pictures as if they lay channel by channel in memory; ours
    lie pixel by pixel, and of those it gives convolutions wrong gradients, mostly 0, silently.
    """
    parameters = {name: one.detach() for name, one in with_loss.named_parameters()}

    def loss(
        some: dict[str, torch.Tensor], picture: torch.Tensor, label: torch.Tensor
    ) -> torch.Tensor:
        found: torch.Tensor = functional_call(with_loss, some, (picture, label, number))
        return found

    of_each = vmap(grad_and_value(loss), in_dims=(None, 0, 0))
    gradients, losses = of_each(parameters, given, labels)
    return list(gradients.values()), losses


def private_gradients(
    parameters: list[nn.Parameter], samples: list[torch.Tensor], noise: float
) -> None:
    """Give each parameter a gradient that is clipped picture by picture and noisy.

    Args:
        samples: of each parameter the gradients of single pictures, shape (pictures, ...).
        noise: standard deviation, in lengths of a clipped gradient.
    """
    lengths = torch.stack([one.flatten(1).norm(dim=1) for one in samples]).norm(dim=0)
    factors = (CLIP / lengths.clamp_min(1e-6)).clamp_max(1)
    for parameter, one in zip(parameters, samples, strict=True):
        total = torch.einsum("n,n...->...", factors, one)
        total = total + torch.randn_like(total) * (noise * CLIP)
        parameter.grad = total / len(factors)
