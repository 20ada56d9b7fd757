"""What users may write into a file of their own: jobs that engines are tried on.

A part of no test: it is loaded by its path, as theirs are.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.tasks import TaskSetting, training_pictures
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, train
from isotopes.lab.trials.experiment import Row


def noise(seed: int) -> Pictures:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 8, 8, 3), dtype=np.uint8)
    return Pictures(pixels, np.arange(32) % 2, ("even", "odd"))


@dataclass(frozen=True)
class Small:
    seed: int

    def train(self) -> Model:
        return train(
            "compact", noise(self.seed), Recipe(epochs=2, batch=16, learning_rate=0.05), self.seed
        )


@dataclass(frozen=True)
class Answer:
    """What a model says of one picture; fails where the seed is 2."""

    seed: int

    def models(self) -> Sequence[Small]:
        return [Small(self.seed)]

    def measure(self, models: Sequence[Model]) -> list[Row]:
        if self.seed == 2:
            raise IsotopesError("there is no second answer")
        answers = models[0].predict(noise(9).pixels[:1])
        return [{"seed": self.seed, "answer": float(answers[0, 0])}]


def die_once(marker: str) -> str:
    """Ends the worker the first time, as a machine that is lost does."""
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(1)
    return "alive"


@dataclass(frozen=True)
class Fault:
    """Goes wrong as users' code does, or kills its process, where the seed is 0."""

    seed: int
    kill: bool = False

    def models(self) -> Sequence[Small]:
        return []

    def measure(self, models: Sequence[Model]) -> list[Row]:
        if self.seed == 0 and self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.seed == 0:
            raise Unpicklable("no", "seed")
        return [{"seed": self.seed}]


@dataclass(frozen=True)
class Untrainable:
    seed: int

    def train(self) -> Model:
        raise KeyError("epochs")


@dataclass(frozen=True)
class OfUntrainable:
    seed: int

    def models(self) -> Sequence[Untrainable]:
        return [Untrainable(self.seed)]

    def measure(self, models: Sequence[Model]) -> list[Row]:
        raise AssertionError("there is nothing to measure")


@dataclass(frozen=True)
class Count:
    """How many training pictures the task `folder:torn` has; the second trial fails after that."""

    seed: int

    def models(self) -> Sequence[Small]:
        return []

    def measure(self, models: Sequence[Model]) -> list[Row]:
        size = (8, 8 + self.seed)  # others are decoded anew
        setting = TaskSetting(
            None, None, size, "compact", Recipe(epochs=1, batch=8, learning_rate=0.1)
        )
        found = len(training_pictures("folder:torn", setting, 0))
        if self.seed == 1:
            raise IsotopesError("one is enough")
        return [{"seed": self.seed, "pictures": found}]


class Unpicklable(Exception):  # noqa: N818
    """As many libraries' errors are: their arguments are not what they were made of."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one}\n{other}")
