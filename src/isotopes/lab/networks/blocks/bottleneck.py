"""The bottleneck block (He et al. 2016, figure 5) and the ResNet-50 that is made of it."""

from __future__ import annotations

import torch
from torch import nn

WIDTHS, DEPTHS = (64, 128, 256, 512), (3, 4, 6, 3)
WIDER = 4


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions with a shortcut.

    The stride is in the 3 x 3 convolution, as in every implementation since the article.
    """

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = WIDER * width
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, after, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.around: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.around = nn.Sequential(
                nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(inputs) + self.around(inputs))


def resnet50(stem: nn.Sequential, labels: int) -> nn.Sequential:
    """The network behind a stem, which gives 64 channels."""
    blocks: list[nn.Module] = []
    before = WIDTHS[0]
    for width, depth in zip(WIDTHS, DEPTHS, strict=True):
        for index in range(depth):
            stride = 2 if index == 0 and width != WIDTHS[0] else 1
            blocks.append(Bottleneck(before, width, stride))
            before = WIDER * width
    return nn.Sequential(
        *stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, labels)
    )
