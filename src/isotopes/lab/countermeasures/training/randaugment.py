"""RandAugment: every training picture goes through two changes that are drawn at random.

In torch, because Pillow's calls on single pictures would take longer than the network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch.nn import functional

from isotopes.lab.countermeasures.countermeasure import OtherStep
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, Step, usual_step

ROUNDS = 2
LUMA = (0.299, 0.587, 0.114)

# Of pictures from 0 to 1, shape (n, 3, height, width), and of a magnitude from -1 to 1.
Operation = Callable[[torch.Tensor, float], torch.Tensor]


class RandAugment(OtherStep):
    name: ClassVar[str] = "randaugment"
    summary: ClassVar[str] = "two random changes of shape or colour in every training picture"
    source: ClassVar[str] = "Cubuk et al. (2020); N = 2"
    parameter: ClassVar[str] = "magnitude, 1 being the strongest"
    strengths: ClassVar[tuple[float, ...]] = (0.3, 0.9)

    def step(self, model: Model, recipe: Recipe) -> Step:
        usual = usual_step(model, recipe)
        mean, std = (torch.tensor(numbers)[:, None, None] for numbers in (model.mean, model.std))

        def step(given: torch.Tensor, labels: torch.Tensor, number: int) -> torch.Tensor:
            centre, scale = mean.to(given.device), std.to(given.device)
            changed = randomly_changed(given * scale + centre, self.strength)
            return usual((changed - centre) / scale, labels, number)

        return step


def randomly_changed(pictures: torch.Tensor, magnitude: float) -> torch.Tensor:
    """Each picture through two operations; those of one operation share the sign of its magnitude.

    Args:
        pictures: from 0 to 1, shape (n, 3, height, width).
        magnitude: in (0, 1].
    """
    for _ in range(ROUNDS):
        chosen = torch.randint(len(OPERATIONS), (len(pictures),), device=pictures.device)
        changed = pictures.clone()
        for index, operation in enumerate(OPERATIONS):
            mine = chosen == index
            if bool(mine.any()):
                signed = magnitude if float(torch.rand(())) < 0.5 else -magnitude
                changed[mine] = operation(pictures[mine], signed).clamp(0, 1)
        pictures = changed
    return pictures


def _moved(pictures: torch.Tensor, rows: list[list[float]]) -> torch.Tensor:
    whence = torch.tensor([rows], dtype=pictures.dtype, device=pictures.device)
    grid = functional.affine_grid(
        whence.expand(len(pictures), -1, -1), list(pictures.shape), align_corners=False
    )
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _rotated(pictures: torch.Tensor, magnitude: float) -> torch.Tensor:
    angle = torch.tensor(magnitude * torch.pi / 6)  # 30 degrees
    cosine, sine = float(angle.cos()), float(angle.sin())
    return _moved(pictures, [[cosine, sine, 0], [-sine, cosine, 0]])


def _grey(pictures: torch.Tensor) -> torch.Tensor:
    weights = torch.tensor(LUMA, device=pictures.device)[:, None, None]
    weighted: torch.Tensor = pictures * weights
    return weighted.sum(dim=1, keepdim=True)


def _away_from(pictures: torch.Tensor, other: torch.Tensor, magnitude: float) -> torch.Tensor:
    return other + (1 + magnitude) * (pictures - other)


def _solarised(pictures: torch.Tensor, magnitude: float) -> torch.Tensor:
    return torch.where(pictures > 1 - abs(magnitude), 1 - pictures, pictures)


def _posterised(pictures: torch.Tensor, magnitude: float) -> torch.Tensor:
    levels = float(2 ** round(8 - 4 * abs(magnitude)) - 1)
    rounded: torch.Tensor = (pictures * levels).round()
    return rounded / levels


def _equalised(pictures: torch.Tensor, magnitude: float) -> torch.Tensor:
    del magnitude
    low, high = (end(pictures, dim=(2, 3), keepdim=True) for end in (torch.amin, torch.amax))
    stretched: torch.Tensor = (pictures - low) / (high - low).clamp_min(1e-3)
    return stretched


OPERATIONS: tuple[Operation, ...] = (
    lambda pictures, _: pictures,
    _rotated,
    lambda pictures, m: _moved(pictures, [[1, 0.3 * m, 0], [0, 1, 0]]),
    lambda pictures, m: _moved(pictures, [[1, 0, 0], [0.3 * m, 1, 0]]),
    lambda pictures, m: _moved(pictures, [[1, 0, 0.6 * m], [0, 1, 0]]),
    lambda pictures, m: _moved(pictures, [[1, 0, 0], [0, 1, 0.6 * m]]),
    lambda pictures, m: _away_from(pictures, torch.zeros_like(pictures), 0.9 * m),
    lambda pictures, m: _away_from(
        pictures, _grey(pictures).mean(dim=(2, 3), keepdim=True), 0.9 * m
    ),
    lambda pictures, m: _away_from(pictures, _grey(pictures), 0.9 * m),
    lambda pictures, m: _away_from(
        pictures, functional.avg_pool2d(pictures, 3, 1, 1, count_include_pad=False), 0.9 * m
    ),
    _solarised,
    _posterised,
    _equalised,
)
