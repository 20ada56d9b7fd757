"""The base class of losses, and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from isotopes.errors import IsotopesError
from isotopes.plugins import Registry

if TYPE_CHECKING:
    import torch
    from torch import nn

# Pictures as the network takes them, their labels, steps done before: the mean loss.
Criterion = Callable[["torch.Tensor", "torch.Tensor", int], "torch.Tensor"]


class Loss(ABC):
    """The function that training minimises. A new one is a new file in `lab/train/losses/`.

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
            IsotopesError: the loss doesn't suit the network, or has no smoothed form.
        """


_LOSSES = Registry[Loss](
    Loss, package="isotopes.lab.train.losses", group="isotopes.losses", noun="loss"
)


def losses() -> dict[str, Loss]:
    """All losses by name."""
    return {name: kind() for name, kind in _LOSSES.all().items()}


def get_loss(name: str) -> Loss:
    """The loss called `name`.

    Raises:
        IsotopesError: there is none.
    """
    return _LOSSES.get(name)()


def refuse_smoothing(name: str, smoothing: float) -> None:
    """For losses that are not defined on smoothed labels.

    Raises:
        IsotopesError: there is smoothing.
    """
    if smoothing:
        raise IsotopesError(
            f"the loss {name} has no label smoothing, got {smoothing}", hint="set smoothing to 0"
        )
