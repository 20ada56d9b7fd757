"""The tiny network of `tiny_network.py` in PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tiny_network import INPUT, LABELS, SIZE, weights

from isotopes.targets.local.description import Description, write_description

if TYPE_CHECKING:
    from torch import nn


def build(seed: int | None = None, labels: int = len(LABELS)) -> nn.Module:
    """One linear layer; with the weights of `seed`, where there is one."""
    import torch
    from torch import nn

    layer = nn.Linear(3 * SIZE[0] * SIZE[1], labels, bias=False)
    if seed is not None:
        layer.weight.data = torch.from_numpy(weights(seed).T.copy())
    return nn.Sequential(nn.Flatten(), layer).eval()


def seven_labels() -> nn.Module:
    """A network for other weights than `write_weights` writes."""
    return build(labels=7)


def write_weights(path: Path, seed: int = 0) -> Path:
    """Write PATH, the weights as safetensors, and the TOML file beside it."""
    import safetensors.torch

    safetensors.torch.save_file(build(seed).state_dict(), path)
    write_description(path.with_suffix(".toml"), Description(LABELS, INPUT))
    return path
