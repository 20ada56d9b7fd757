"""ResNet-50 with the 3 x 3 stem for small pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn


class ResNet50(Architecture):
    name: ClassVar[str] = "resnet50"
    summary: ClassVar[str] = "ResNet-50 with a 3 x 3 stem, for pictures of 32 to 64 pixels"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        from isotopes.lab.networks.blocks.bottleneck import WIDTHS, resnet50

        stem = nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(inplace=True),
        )
        return resnet50(stem, labels)
