"""What a network file holds, and the registry of them."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from torch import nn


class Architecture(ABC):
    """A kind of network. A new one is a new file in `lab/networks/`.

    Class attributes:
        name: what recipes and the command line call it.
        summary: one line for people.
    """

    name: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def build(self, labels: int) -> nn.Module:
        """An untrained network: float32 (n, 3, height, width) in, logits (n, labels) out."""


@cache
def architectures() -> dict[str, Architecture]:
    """All architectures by name."""
    package = importlib.import_module("isotopes.lab.networks")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    return {kind.name: kind() for kind in Architecture.__subclasses__()}


def get_architecture(name: str) -> Architecture:
    """The architecture called `name`.

    Raises:
        IsotopesError: there is none.
    """
    known = architectures()
    if name not in known:
        raise IsotopesError(
            f"no network is called {name!r}", hint=f"choose one of: {', '.join(sorted(known))}"
        )
    return known[name]
