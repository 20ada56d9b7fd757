"""ResNet-8: one residual block at each of three widths (He et al. 2016, section 4.2, n = 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn

WIDTHS = (16, 32, 64)


class ResNet8(Architecture):
    name: ClassVar[str] = "resnet8"
    summary: ClassVar[str] = "the smallest residual network, after He et al."

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        from isotopes.lab.networks.blocks.residual import Block

        blocks = [
            Block(before, width, stride=1 if before == width else 2)
            for before, width in zip((WIDTHS[0], *WIDTHS), WIDTHS, strict=False)
        ]
        return nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(inplace=True),
            *blocks,
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(WIDTHS[-1], labels),
        )
