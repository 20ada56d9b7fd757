"""Four strided convolutions: a network that learns 32 x 32 pictures in a minute on two cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn

WIDTHS = (24, 48, 96)


class Compact(Architecture):
    name: ClassVar[str] = "compact"
    summary: ClassVar[str] = "three strided convolutions and one more, for desk-scale runs"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        layers: list[nn.Module] = []
        channels = 3
        for width in WIDTHS:
            layers += [
                nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            channels = width
        layers += [
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(channels, labels),
        ]
        return nn.Sequential(*layers)
