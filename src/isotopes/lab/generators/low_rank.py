"""Low-rank fine-tuning: beside each matrix of a network, a product of two thin ones learns.

LoRA (Hu et al., ICLR 2022), by which most people fine-tune generators.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional

L = TypeVar("L", bound=nn.Module)


class LowRank(nn.Module):
    """A linear layer that stays as it is, and a change to it of low rank, which is 0 at first."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) / rank)
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return self.linear(given) + functional.linear(functional.linear(given, self.down), self.up)  # type: ignore[no-any-return]

    def merged(self) -> nn.Linear:
        """One linear layer that does the same."""
        self.linear.weight.data += self.up.data @ self.down.data
        return self.linear


def add_low_rank(network: nn.Module, rank: int) -> None:
    """Freeze the network, and put a change of low rank beside each of its linear layers."""
    network.requires_grad_(False)
    for owner, name, layer in _layers(network, nn.Linear):
        setattr(owner, name, LowRank(layer, rank))


def merge_low_rank(network: nn.Module) -> None:
    """The opposite: the changes become part of the layers."""
    for owner, name, layer in _layers(network, LowRank):
        setattr(owner, name, layer.merged())


def _layers(network: nn.Module, kind: type[L]) -> list[tuple[nn.Module, str, L]]:
    return [
        (owner, name, layer)
        for owner in network.modules()
        if not isinstance(owner, LowRank) or kind is LowRank
        for name, layer in owner.named_children()
        if isinstance(layer, kind)
    ]
