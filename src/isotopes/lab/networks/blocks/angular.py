"""An angular-margin last layer, and a network that ends in one."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Angles(nn.Module):
    """|x| cos(theta), theta being the angle between features and each label's direction."""

    def __init__(self, features: int, labels: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(functional.normalize(torch.randn(labels, features), dim=1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return functional.linear(features, functional.normalize(self.directions, dim=1))


class Angular(nn.Module):
    """Features and their angles, as the loss `a_softmax` needs them."""

    def __init__(self, features: nn.Module, angles: Angles) -> None:
        super().__init__()
        self.features, self.angles = features, angles

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.angles(self.features(inputs))
        return logits
