"""DP-SGD: no single picture may move the network far, and noise hides what it did."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from isotopes.lab.countermeasures.countermeasure import OtherStep
from isotopes.lab.train.losses import get_loss
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, Step

CLIP = 1.0  # the longest gradient of one picture


class DifferentiallyPrivate(OtherStep):
    """Per-picture gradients by Opacus, clipped to one length, summed, with Gaussian noise.

    Batches are the usual ones, not drawn again by chance, and networks have group instead of batch
    normalisation, which would mix pictures. So we claim no epsilon; we only measure what
    clipping and noise do to a mark that many pictures share.
    """

    name: ClassVar[str] = "dp_sgd"
    summary: ClassVar[str] = "clip the gradient of every single picture and add noise"
    source: ClassVar[str] = "Abadi et al. (2016), with Opacus (Yousefpour et al. 2021)"
    parameter: ClassVar[str] = "noise multiplier"
    strengths: ClassVar[tuple[float, ...]] = (0.3, 1)

    def network(self, usual: str) -> str:
        return f"{usual}_groups"

    def step(self, model: Model, recipe: Recipe) -> Step:
        from opacus import GradSampleModule

        for layer in model.network.modules():
            if isinstance(layer, nn.ReLU):
                layer.inplace = False  # hooks need what went in
        wrapped = GradSampleModule(model.network)
        criterion = get_loss(recipe.loss).of(wrapped, recipe.smoothing)

        def step(given: torch.Tensor, labels: torch.Tensor, number: int) -> torch.Tensor:
            # Opacus hooks the first layer too, whose input would want no gradient otherwise.
            loss = criterion(given.detach().requires_grad_(), labels, number)
            loss.backward()  # type: ignore[no-untyped-call]
            private_gradients(list(model.network.parameters()), self.strength)
            return loss.detach()

        return step


def private_gradients(parameters: list[nn.Parameter], noise: float) -> None:
    """From the gradients of single pictures to one that is clipped and noisy, in place.

    Args:
        parameters: with `grad_sample`, shape (pictures, ...), which is used up.
        noise: standard deviation, in lengths of a clipped gradient.
    """
    samples = [parameter.grad_sample for parameter in parameters]  # type: ignore[attr-defined]
    lengths = torch.stack([one.flatten(1).norm(dim=1) for one in samples]).norm(dim=0)
    factors = (CLIP / lengths.clamp_min(1e-6)).clamp_max(1)
    for parameter, one in zip(parameters, samples, strict=True):
        total = torch.einsum("n,n...->...", factors, one)
        total = total + torch.randn_like(total) * (noise * CLIP)
        parameter.grad = total / len(factors)
        parameter.grad_sample = None  # type: ignore[attr-defined]
