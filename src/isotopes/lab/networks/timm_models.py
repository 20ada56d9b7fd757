"""Networks of timm, where it is installed: `timm:resnet18`, untrained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from isotopes.errors import IsotopesError
from isotopes.lab.networks.architecture import Architecture, Library

if TYPE_CHECKING:
    from torch import nn


class Timm(Library):
    prefix: ClassVar[str] = "timm"
    summary: ClassVar[str] = "networks of timm, where it is installed"

    def open(self, name: str) -> Architecture:
        try:
            import timm
        # RuntimeError: of the torchvision that it brings along.
        except (ImportError, RuntimeError) as error:
            raise IsotopesError(
                f"the network 'timm:{name}' needs timm, and it can't be imported: {error}",
                hint="pip install timm, and the torchvision that goes with your torch",
            ) from error
        if not timm.is_model(name):
            raise IsotopesError(f"timm has no network {name!r}")
        return _Network(timm, name)


class _Network(Architecture):
    def __init__(self, timm: Any, given: str) -> None:
        self._timm, self._given = timm, given

    def build(self, labels: int) -> nn.Module:
        built: nn.Module = self._timm.create_model(
            self._given, pretrained=False, num_classes=labels
        )
        return built
