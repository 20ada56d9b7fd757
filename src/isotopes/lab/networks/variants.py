"""Variants of these networks for some countermeasures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.networks.architecture import Architecture
from isotopes.lab.networks.compact import Compact
from isotopes.lab.networks.resnet18 import ResNet18

if TYPE_CHECKING:
    from torch import nn

MEMBERS = 3


class CompactGroups(Architecture):
    name: ClassVar[str] = "compact_groups"
    summary: ClassVar[str] = "as compact, with group normalisation"

    def build(self, labels: int) -> nn.Module:
        from isotopes.lab.networks.blocks.groups import with_groups

        return with_groups(Compact().build(labels))


class ResNet18Groups(Architecture):
    name: ClassVar[str] = "resnet18_groups"
    summary: ClassVar[str] = "as resnet18, with group normalisation"

    def build(self, labels: int) -> nn.Module:
        from isotopes.lab.networks.blocks.groups import with_groups

        return with_groups(ResNet18().build(labels))


class CompactEnsemble(Architecture):
    name: ClassVar[str] = "compact_ensemble"
    summary: ClassVar[str] = "three compact networks that answer together"

    def build(self, labels: int) -> nn.Module:
        from isotopes.lab.networks.blocks.ensemble import Ensemble

        return Ensemble([Compact().build(labels) for _ in range(MEMBERS)])


class ResNet18Ensemble(Architecture):
    name: ClassVar[str] = "resnet18_ensemble"
    summary: ClassVar[str] = "three resnet18 that answer together"

    def build(self, labels: int) -> nn.Module:
        from isotopes.lab.networks.blocks.ensemble import Ensemble

        return Ensemble([ResNet18().build(labels) for _ in range(MEMBERS)])
