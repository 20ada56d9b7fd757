"""Contrastive learning without labels: two views of a picture are alike, others are not.

SimCLR (Chen et al., ICML 2020): random crops, mirror images and colours, and the cross-entropy of
cosines over a temperature.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

SMALLEST = 0.6  # side of a crop, as a fraction of the picture's
COLOUR = 0.2  # how far brightness, contrast and each channel's gain move
TEMPERATURE = 0.2


class Encoder(nn.Module):
    """A network that gives embeddings, and the projection that its loss is computed on."""

    def __init__(self, trunk: nn.Module, numbers: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.projection = nn.Sequential(
            nn.Linear(numbers, numbers), nn.ReLU(), nn.Linear(numbers, numbers)
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Embeddings of length 1, shape (n, numbers), of pictures in [-1, 1], (n, 3, h, w)."""
        return functional.normalize(self.trunk(values), dim=1)


def contrastive_loss(
    network: Encoder, pictures: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """How hard it is to tell which two views of a batch show the same picture.

    Args:
        pictures: in [-1, 1], shape (n, 3, side, side).
        generator: of the views.
    """
    views = torch.cat([random_view(pictures, generator), random_view(pictures, generator)])
    projected = functional.normalize(network.projection(network.trunk(views)), dim=1)
    alike = projected @ projected.T / TEMPERATURE
    alike = alike.masked_fill(torch.eye(len(views), dtype=torch.bool, device=alike.device), -1e9)
    partner = torch.arange(len(views), device=alike.device).roll(len(pictures))
    return functional.cross_entropy(alike, partner)


def random_view(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each picture cropped, mirrored or not, and with other colours, at random."""
    count = len(pictures)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.rand((count, *shape), generator=generator).to(pictures)

    scale = SMALLEST + (1 - SMALLEST) * drawn(1)
    moved = (2 * drawn(2) - 1) * (1 - scale)
    mirror = torch.where(drawn(1) < 0.5, -1.0, 1.0)  # noqa: PLR2004 - a half
    whence = torch.zeros((count, 2, 3)).to(pictures)
    whence[:, 0, 0], whence[:, 1, 1] = (scale * mirror)[:, 0], scale[:, 0]
    whence[:, :, 2] = moved
    grid = functional.affine_grid(whence, list(pictures.shape), align_corners=False)
    cropped = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    gain = 1 + COLOUR * (2 * drawn(3, 1, 1) - 1)
    contrast = 1 + COLOUR * (2 * drawn(1, 1, 1) - 1)
    brighter = COLOUR * (2 * drawn(1, 1, 1) - 1)
    return (cropped * gain * contrast + brighter).clamp(-1, 1)
