"""What a network file holds, and the registry of them."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
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

    def digest(self) -> str:
        """Hash of the files that it is built from; empty where its name says all."""
        return ""


class Library(ABC):
    """A library of networks, each called `PREFIX:NAME`. A new one is a new file here, too.

    Class attributes:
        prefix: before the colon.
        summary: one line for people.
    """

    prefix: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def open(self, name: str) -> Architecture:
        """The network that the library calls `name`.

        Raises:
            IsotopesError: the library is not installed, or has no such network.
        """


def architectures() -> dict[str, Architecture]:
    """All architectures by name, but for those of libraries."""
    _import_all()
    own = [kind for kind in Architecture.__subclasses__() if hasattr(kind, "name")]
    return {kind.name: kind() for kind in own}


def libraries() -> dict[str, Library]:
    """All libraries by prefix."""
    _import_all()
    return {kind.prefix: kind() for kind in Library.__subclasses__()}


def get_architecture(name: str) -> Architecture:
    """The architecture called `name`.

    Raises:
        IsotopesError: there is none.
    """
    prefix, colon, rest = name.partition(":")
    if colon and prefix in libraries():
        return libraries()[prefix].open(rest)
    known = architectures()
    if name not in known:
        every = [*sorted(known), *(f"{prefix}:NAME" for prefix in sorted(libraries()))]
        raise IsotopesError(
            f"no network is called {name!r}", hint=f"choose one of: {', '.join(every)}"
        )
    return known[name]


def _import_all() -> None:
    package = importlib.import_module("isotopes.lab.networks")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
