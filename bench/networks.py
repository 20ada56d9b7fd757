"""The networks that asking is measured on: plain convolutions of any size, as ONNX files."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isotopes.targets.local.description import Description, write_description
from isotopes.targets.local.preprocess import Preprocessing

STRIDES = (1, 2) * 4 + (1,)
WIDER = (1, 1, 2, 2, 4, 4, 8, 8, 8)  # channels of each convolution over those of the first


def network_input(side: int) -> Preprocessing:
    return Preprocessing((side, side), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def write_network(path: Path, side: int, labels: Sequence[str], width: int = 32) -> Any:
    """A network of 9 convolutions as an ONNX file with its description; returns it as a module.

    Args:
        side: of its input in pixels.
        width: channels of the first convolution.
    """
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers: list[nn.Module] = []
    before = 3
    for factor, stride in zip(WIDER, STRIDES, strict=True):
        after = width * factor
        layers += [nn.Conv2d(before, after, 3, stride, 1), nn.BatchNorm2d(after), nn.ReLU()]
        before = after
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, len(labels))]
    network = nn.Sequential(*layers, *head).eval()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own deprecated calls
        torch.onnx.export(
            network,
            (torch.zeros(2, 3, side, side),),
            str(path),
            external_data=False,
            verbose=False,
            dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
        )
    write_description(path.with_suffix(".toml"), Description(tuple(labels), network_input(side)))
    return network


def gigaflops(network: Any, side: int) -> float:
    """Billions of floating point operations for one picture, a multiply-add being two."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, 3, side, side))
    return float(counter.get_total_flops()) / 1e9
