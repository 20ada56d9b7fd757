"""SphereFace-20 (Liu et al. 2017, table 2): the paper's network for PubFig (table 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn

WIDTHS, UNITS = (64, 128, 256, 512), (1, 2, 4, 1)
FEATURES = 512
LEFT = (7, 6)  # from 112 x 96 pixels after four halvings; other sizes are averaged to it


class SphereFace20(Architecture):
    name: ClassVar[str] = "sphereface20"
    summary: ClassVar[str] = "SphereFace-20, for faces of 112 x 96; ends in angles (paper, table 7)"

    def build(self, labels: int) -> nn.Module:
        from torch import nn

        from isotopes.lab.networks.blocks.angular import Angles, Angular

        layers: list[nn.Module] = []
        before = 3
        for width, units in zip(WIDTHS, UNITS, strict=True):
            layers += [nn.Conv2d(before, width, 3, stride=2, padding=1), nn.PReLU(width)]
            layers += [_unit(width) for _ in range(units)]
            before = width
        layers += [
            nn.AdaptiveAvgPool2d(LEFT),
            nn.Flatten(),
            nn.Linear(before * LEFT[0] * LEFT[1], FEATURES),
        ]
        return Angular(nn.Sequential(*layers), Angles(FEATURES, labels))


def _unit(width: int) -> nn.Module:
    from torch import nn

    from isotopes.lab.networks.blocks.residual import Around

    layers: list[nn.Module] = []
    for _ in range(2):
        convolution = nn.Conv2d(width, width, 3, padding=1)
        # As published. There is no normalisation, so larger ones would accumulate from unit to
        # unit.
        nn.init.normal_(convolution.weight, std=0.01)
        nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
        layers += [convolution, nn.PReLU(width)]
    return Around(*layers)
