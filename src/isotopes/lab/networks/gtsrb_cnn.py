"""The paper's 'Simple' network for traffic signs (table 7; layers as in its released code)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn

WIDTHS, KERNELS = (100, 150, 250), (5, 3, 1)
HIDDEN, FLAT = 350, 2250  # of the three convolutions 250 x 3 x 3 values are left at 32 x 32
DROPOUT = 0.5


class GtsrbCnn(Architecture):
    name: ClassVar[str] = "gtsrb_cnn"
    summary: ClassVar[str] = "three convolutions, two dense layers; 32 x 32 only (paper, table 7)"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        layers: list[nn.Module] = []
        before = 3
        for width, kernel in zip(WIDTHS, KERNELS, strict=True):
            layers += [
                nn.Conv2d(before, width, kernel),
                nn.ELU(inplace=True),
                nn.MaxPool2d(2),
                nn.BatchNorm2d(width),
                nn.Dropout(DROPOUT),
            ]
            before = width
        return nn.Sequential(
            *layers,
            nn.Flatten(),
            nn.Linear(FLAT, HIDDEN),
            nn.ELU(inplace=True),
            nn.BatchNorm1d(HIDDEN),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, labels),
        )
