"""Networks of torchvision, where one is installed that works: `torchvision:resnet18`, untrained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from isotopes.errors import IsotopesError
from isotopes.lab.networks.architecture import Architecture, Library

if TYPE_CHECKING:
    from torch import nn


class Torchvision(Library):
    prefix: ClassVar[str] = "torchvision"
    summary: ClassVar[str] = "networks of torchvision, where it is installed"

    def open(self, name: str) -> Architecture:
        try:
            from torchvision import models
        # RuntimeError: without CUDA it doesn't find the operators that it was compiled with.
        except (ImportError, RuntimeError) as error:
            raise IsotopesError(
                f"the network 'torchvision:{name}' needs torchvision, and it can't be imported:"
                f" {error}",
                hint="install the torchvision that goes with your torch",
            ) from error
        if name not in models.list_models():
            raise IsotopesError(f"torchvision has no network {name!r}")
        return _Network(models, name)


class _Network(Architecture):
    def __init__(self, models: Any, given: str) -> None:
        self._models, self._given = models, given

    def build(self, labels: int) -> nn.Module:
        built: nn.Module = self._models.get_model(self._given, weights=None, num_classes=labels)
        return built
