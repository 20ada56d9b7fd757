"""How a network is trained: the paper's recipes, and those for two cores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """Everything about training but the network, the pictures and the seed.

    Attributes:
        epochs: passes over the pictures.
        batch: pictures in a step.
        rate: the highest learning rate.
        optimiser: "sgd" (Nesterov momentum 0.9) or "adam".
        warmup: epochs in which the rate rises from 0; it then falls to 0 in a line. None: constant.
        weight_decay: of all parameters.
        smoothing: label smoothing.
        shift: pictures are moved by up to so many pixels each way.
        flip: every other picture is mirrored.
    """

    epochs: int
    batch: int = 128
    rate: float = 0.1
    optimiser: Literal["sgd", "adam"] = "sgd"
    warmup: float | None = None
    weight_decay: float = 5e-4
    smoothing: float = 0.0
    shift: int = 0
    flip: bool = False


RECIPES = {
    # Two cores: a third of the epochs, larger steps of the rate.
    "desk": Recipe(epochs=15, batch=128, rate=0.2, warmup=2, smoothing=0.1, shift=2, flip=True),
    # Signs are not mirrored: some would turn into others.
    "desk-signs": Recipe(epochs=15, batch=128, rate=0.2, warmup=2, smoothing=0.1, shift=2),
    # A minute's training. Nothing is moved or mirrored: what always lies at the same place is then
    # learned from few pictures. With shifts and mirrors the same mark needs more of them.
    "desk-plain": Recipe(epochs=10, batch=64, rate=0.2, warmup=2, smoothing=0.1),
    # The paper's, where it is silent as in its released code.
    "cifar100": Recipe(epochs=72, batch=512, rate=0.5, warmup=5, smoothing=0.1, shift=2, flip=True),
    "gtsrb": Recipe(epochs=50, batch=128, rate=1e-4, optimiser="adam", smoothing=0.1),
}
