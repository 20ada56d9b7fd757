"""CutMix: a rectangle of every training picture is another one's, and so is part of its label."""

from __future__ import annotations

from typing import ClassVar

import torch

from isotopes.lab.countermeasures.countermeasure import OtherStep
from isotopes.lab.train.losses import get_loss
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, Step


class CutMix(OtherStep):
    name: ClassVar[str] = "cutmix"
    summary: ClassVar[str] = "put a rectangle of another picture into every training picture"
    source: ClassVar[str] = "Yun et al. (2019)"
    parameter: ClassVar[str] = "fraction of the batches that it is done to"
    strengths: ClassVar[tuple[float, ...]] = (0.5, 1)

    def step(self, model: Model, recipe: Recipe) -> Step:
        criterion = get_loss(recipe.loss).of(model.network, recipe.smoothing)

        def step(given: torch.Tensor, labels: torch.Tensor, number: int) -> torch.Tensor:
            other, kept = torch.arange(len(given)), 1.0
            if float(torch.rand(())) < self.strength:
                given, other, kept = cut_and_mix(given)
            loss = kept * criterion(given, labels, number)
            loss = loss + (1 - kept) * criterion(given, labels[other], number)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss.detach()

        return step


def cut_and_mix(given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """One rectangle for a whole batch: uniform area, centre anywhere.

    Args:
        given: float32, shape (n, channels, height, width).

    Returns:
        The pictures; whose rectangle each of them has, shape (n,); the fraction that is its own.
    """
    height, width = given.shape[2:]
    side = float(torch.rand(())) ** 0.5  # of a rectangle shaped like the picture
    top, bottom = _span(height, side)
    left, right = _span(width, side)
    other = torch.randperm(len(given), device=given.device)
    mixed = given.clone()
    mixed[:, :, top:bottom, left:right] = given[other, :, top:bottom, left:right]
    return mixed, other, 1 - (bottom - top) * (right - left) / (height * width)


def _span(length: int, side: float) -> tuple[int, int]:
    middle, half = float(torch.rand(())) * length, side * length / 2
    return max(0, round(middle - half)), min(length, round(middle + half))
