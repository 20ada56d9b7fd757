"""A small diffusion transformer: patches are tokens, time and label modulate each layer.

The architecture of today's large generators (Peebles & Xie 2023), small enough to train on two
cores.
It serves pixels and the latents of an autoencoder alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

FREQUENCIES = 32  # of the sines and cosines that encode the time


@dataclass(frozen=True)
class DenoiserShape:
    """What a denoiser takes, and how large it is.

    Attributes:
        channels, side: of the square pictures or latents.
        patch: side of a token, in pixels.
        labels: how many; one more, `labels` itself, stands for "no label".
        width: numbers for each token.
        depth: layers.
        heads: of the attention.
    """

    channels: int
    side: int
    patch: int
    labels: int
    width: int = 64
    depth: int = 3
    heads: int = 4


class Denoiser(nn.Module):
    """Predicts, at a time in [0, 1], the direction from a noisy picture to the noise."""

    def __init__(self, shape: DenoiserShape) -> None:
        super().__init__()
        self.shape = shape
        numbers = shape.channels * shape.patch**2
        tokens = (shape.side // shape.patch) ** 2
        self.embed = nn.Linear(numbers, shape.width)
        self.place = nn.Parameter(torch.randn(1, tokens, shape.width) * 0.02)
        self.time = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, shape.width), nn.SiLU(), nn.Linear(shape.width, shape.width)
        )
        self.label = nn.Embedding(shape.labels + 1, shape.width)
        self.blocks = nn.ModuleList(_Block(shape.width, shape.heads) for _ in range(shape.depth))
        self.last = _modulation(shape.width, 2)
        self.out = nn.Linear(shape.width, numbers)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self, noisy: torch.Tensor, time: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Shape (n, channels, side, side), as `noisy`; `time` and `labels` have shape (n,)."""
        patch = self.shape.patch
        tokens = self.embed(functional.pixel_unshuffle(noisy, patch).flatten(2).mT) + self.place
        steps = torch.exp(-math.log(1000.0) * torch.arange(FREQUENCIES) / FREQUENCIES)
        angles = 1000 * time[:, None] * steps.to(time)
        told = functional.silu(
            self.time(torch.cat([angles.sin(), angles.cos()], 1)) + self.label(labels)
        )
        for block in self.blocks:
            tokens = block(tokens, told)
        shift, scale = self.last(told)[:, None].chunk(2, -1)
        found = self.out(_normalise(tokens) * (1 + scale) + shift).mT
        side = self.shape.side // patch
        return functional.pixel_shuffle(found.unflatten(2, (side, side)), patch)


class _Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulate = _modulation(width, 6)
        self.project = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width)
        )

    def forward(self, tokens: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        one, two, three, four, five, six = self.modulate(told)[:, None].chunk(6, -1)
        tokens = tokens + three * self._attend(_normalise(tokens) * (1 + two) + one)
        return tokens + six * self.think(_normalise(tokens) * (1 + five) + four)  # type: ignore[no-any-return]

    def _attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in self.project(tokens).chunk(3, -1)
        )
        found = functional.scaled_dot_product_attention(query, key, value)
        return self.merge(found.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


def _modulation(width: int, parts: int) -> nn.Linear:
    """Zero at the start, so that each layer begins as the identity."""
    layer = nn.Linear(width, parts * width)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _normalise(tokens: torch.Tensor) -> torch.Tensor:
    return functional.layer_norm(tokens, tokens.shape[-1:])
