"""ResNet-6: two residual blocks behind a strided convolution, for many models on two cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn

WIDTHS = (32, 64, 128)


class ResNet6(Architecture):
    name: ClassVar[str] = "resnet6"
    summary: ClassVar[str] = "two residual blocks behind a strided convolution, for desk-scale runs"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        from isotopes.lab.networks.blocks.residual import Block

        return nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(inplace=True),
            Block(WIDTHS[0], WIDTHS[1], stride=2),
            Block(WIDTHS[1], WIDTHS[2], stride=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(WIDTHS[2], labels),
        )
