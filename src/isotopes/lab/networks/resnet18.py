"""ResNet-18 with the 3 x 3 stem for small pictures: the paper's network for CIFAR-100 (table 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn

WIDTHS = (64, 128, 256, 512)


class ResNet18(Architecture):
    name: ClassVar[str] = "resnet18"
    summary: ClassVar[str] = "ResNet-18 with a 3 x 3 stem (paper, table 7)"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        from isotopes.lab.networks.blocks.residual import Block

        blocks: list[nn.Module] = []
        before = WIDTHS[0]
        for width in WIDTHS:
            blocks += [
                Block(before, width, stride=1 if width == before else 2),
                Block(width, width, stride=1),
            ]
            before = width
        return nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(inplace=True),
            *blocks,
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(WIDTHS[-1], labels),
        )
