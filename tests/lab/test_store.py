"""What a store knows of trainings that are under way, and of those that were interrupted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.runner.run import run_trials
from isotopes.lab.runner.store import Store
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.side_outputs import current_side_outputs
from isotopes.lab.train.training import Model, train
from isotopes.lab.trials.experiment import Row


def tiny_model() -> Model:
    pixels = np.zeros((4, 8, 8, 3), np.uint8)
    pictures = Pictures(pixels, np.arange(4) % 2, ("even", "odd"))
    return train("compact", pictures, Recipe(2, batch=4, learning_rate=0.01), 0)


@dataclass(frozen=True)
class Interrupted:
    """Trained in two halves, of which each takes a while, as the first time it is interrupted."""

    pause: float
    begun: ClassVar[bool] = False

    def train(self) -> Model:
        tell = current_side_outputs().epoch
        assert tell is not None
        time.sleep(self.pause)
        if not Interrupted.begun:
            Interrupted.begun = True
            tell(1, 4)
            raise KeyboardInterrupt
        tell(3, 4)
        return tiny_model()


@dataclass(frozen=True)
class Slow:
    """Tells of an epoch, and takes a while after it."""

    pause: float

    def train(self) -> Model:
        tell = current_side_outputs().epoch
        assert tell is not None
        tell(1, 4)
        time.sleep(self.pause)
        return tiny_model()


@dataclass(frozen=True)
class OfSlow:
    pause: float

    def models(self) -> Sequence[Slow]:
        return [Slow(self.pause)]

    def measure(self, models: Sequence[Model]) -> list[Row]:
        return [{"seed": 0, "labels": len(models[0].labels)}]


def test_time_before_an_interruption_counts_too(tmp_path: Path) -> None:
    store, wanted = Store(tmp_path), Interrupted(0.2)
    assert store.under_way([wanted]) == 0
    with pytest.raises(KeyboardInterrupt):
        store.train(wanted)
    assert store.under_way([wanted]) == 0.25
    assert not store.has(wanted)
    store.train(wanted)
    assert store.seconds(wanted) >= 0.4
    assert store.under_way([wanted]) == 1  # it is over


def test_progress_tells_of_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isotopes.lab.runner.run.LOOK_EVERY", 0.02)
    told: list[float] = []
    with ThreadPoolExecutor(1) as engine:
        run_trials(
            [OfSlow(0.3)], tmp_path, engine, progress=lambda done, _all: told.append(round(done, 2))
        )
    assert told == sorted(told)
    assert told[0] in {0, 0.25}  # the job may be quicker than the first look
    assert 0.25 in told
    assert told[-1] == 2
