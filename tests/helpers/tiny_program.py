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


def write_program(path: Path, seed: int = 0, *, batch: int | None = None) -> Path:
    """Write PATH, a `torch.export` program, and the TOML file beside it."""
    import torch

    example = torch.zeros(batch or 2, 3, *SIZE)
    free = None if batch else ({0: torch.export.Dim("n", min=1)},)
    torch.export.save(torch.export.export(build(seed), (example,), dynamic_shapes=free), path)
    write_description(path.with_suffix(".toml"), Description(LABELS, INPUT))
    return path
