"""ResNet-50 as published: the paper's network for FaceScrub and ImageNet (table 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn


class ResNet50Large(Architecture):
    name: ClassVar[str] = "resnet50_large"
    summary: ClassVar[str] = "ResNet-50 with a 7 x 7 stem, for pictures of 96 to 224 pixels (paper)"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        from isotopes.lab.networks.blocks.bottleneck import WIDTHS, resnet50

        stem = nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        return resnet50(stem, labels)
