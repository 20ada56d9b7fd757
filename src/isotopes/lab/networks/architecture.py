"""The base class of networks, and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from isotopes.plugins import Registry

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
        """Hash of the files that it is built from; empty if its name says all."""
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


_ARCHITECTURES = Registry[Architecture](
    Architecture,
    package="isotopes.lab.networks",
    group="isotopes.networks",
    noun="network",
)
_LIBRARIES = Registry[Library](
    Library,
    package="isotopes.lab.networks",
    group="isotopes.networks",
    attribute="prefix",
    noun="library of networks",
)


def architectures() -> dict[str, Architecture]:
    """All architectures by name, except those of libraries."""
    return {name: kind() for name, kind in _ARCHITECTURES.all().items()}


def libraries() -> dict[str, Library]:
    """All libraries by prefix."""
    return {prefix: kind() for prefix, kind in _LIBRARIES.all().items()}


def get_architecture(name: str) -> Architecture:
    """The architecture called `name`.

    Raises:
        IsotopesError: there is none.
    """
    prefix, colon, rest = name.partition(":")
    known = _LIBRARIES.all()
    if colon and prefix in known:
        return known[prefix]().open(rest)
    return _ARCHITECTURES.get(name, also=[f"{prefix}:NAME" for prefix in known])()
