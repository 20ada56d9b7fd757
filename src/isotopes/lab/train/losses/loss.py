"""What a loss file holds, and the registry of them."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    import torch
    from torch import nn

# Pictures as the network takes them, their labels, steps done before: the mean loss.
Criterion = Callable[["torch.Tensor", "torch.Tensor", int], "torch.Tensor"]


class Loss(ABC):
    """What training makes small. A new one is a new file in `lab/losses/`.

    Class attributes:
        name: what recipes call it.
        summary: one line for people.
    """

    name: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def of(self, network: nn.Module, smoothing: float) -> Criterion:
        """The loss of a network.

        Args:
            smoothing: of the labels.

        Raises:
            IsotopesError: not for such a network, or it has no smoothed form.
        """


def losses() -> dict[str, Loss]:
    """All losses by name."""
    package = importlib.import_module("isotopes.lab.train.losses")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    return {kind.name: kind() for kind in Loss.__subclasses__()}


def get_loss(name: str) -> Loss:
    """The loss called `name`.

    Raises:
        IsotopesError: there is none.
    """
    known = losses()
    if name not in known:
        raise IsotopesError(
            f"no loss is called {name!r}", hint=f"choose one of: {', '.join(sorted(known))}"
        )
    return known[name]


def refuse_smoothing(name: str, smoothing: float) -> None:
    """For losses that are not defined on smoothed labels.

    Raises:
        IsotopesError: there is smoothing.
    """
    if smoothing:
        raise IsotopesError(
            f"the loss {name} has no label smoothing, got {smoothing}", hint="set smoothing to 0"
        )
