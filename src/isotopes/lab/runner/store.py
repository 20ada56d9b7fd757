"""Trained models and measurements, each under the hash of everything that went in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from isotopes.canonical import digest_of
from isotopes.files import atomic_write
from isotopes.lab.models.bank import Bank, NetworkSpecification
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.runner.machine import in_words, machine, versions
from isotopes.lab.train.side_outputs import current_side_outputs, side_outputs
from isotopes.lab.trials.experiment import Described, Row, Trial

VERSION = 1  # goes up when the same trial measures something different


@dataclass(frozen=True)
class TrialOutcome:
    """A trial's outcome.

    Attributes:
        rows: empty if it failed.
        seconds: for training its models and measuring them.
        failure: why there are no rows, such as a training that diverged.
        machine: that it was measured on, in words; empty if nobody noted it.
    """

    rows: list[Row]
    seconds: float
    failure: str | None = None
    machine: str = ""


class Store:
    """A folder of models and of trials' outcomes; a file appears there only when it is whole."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`; it is created if it doesn't exist."""
        self._bank = Bank(folder / "models")
        self._seconds, self._trials = folder / "seconds", folder / "trials"
        self._under_way = folder / "under_way"
        for needed in (self._seconds, self._trials, self._under_way):
            needed.mkdir(parents=True, exist_ok=True)

    def has(self, model: Described) -> bool:
        """Was it trained?"""
        return self._seconds_file(model).exists()

    def train(self, model: Described) -> None:
        """Train it, unless it is there, and note how long that took, interrupted runs too."""
        under_way = self._under_way_file(model)
        earlier, started = _read_under_way(under_way).seconds, time.perf_counter()

        def note(epochs: int, of: int) -> None:
            took = earlier + time.perf_counter() - started
            _write(under_way, asdict(_UnderWay(epochs / of, took)))

        with side_outputs(replace(current_side_outputs(), epoch=note)):
            self._bank.get(model)
        _write(self._seconds_file(model), earlier + time.perf_counter() - started)
        under_way.unlink(missing_ok=True)

    def under_way(self, models: Iterable[Described]) -> float:
        """How much of these models' trainings is done: 1 for a whole one."""
        return sum(
            # Asked in this order: it is recorded as trained before the other record is deleted.
            _read_under_way(self._under_way_file(model)).done or float(self.has(model))
            for model in models
        )

    def load(self, model: Described) -> Any:
        """The model or network, on a GPU if there is one; trained now unless it exists."""
        if isinstance(model, NetworkSpecification):
            return self._bank.get(model).to(best_device())
        loaded = self._bank.get(model)
        loaded.network.to(best_device())
        return loaded

    def found(self, trial: Trial) -> TrialOutcome | None:
        """What an earlier run measured; None if none did."""
        path = self._trial_file(trial)
        return TrialOutcome(**json.loads(path.read_bytes())) if path.exists() else None

    def take_over(self, outcomes: Mapping[str, TrialOutcome]) -> None:
        """Keep what was measured elsewhere, by the identity of its trial, unless it is here."""
        for trial, outcome in outcomes.items():
            path = self._trials / f"{trial}.json"
            if not path.exists():
                _write(path, asdict(outcome))

    def measure(self, trial: Trial) -> TrialOutcome:
        """Measure a trial whose models are there, and keep the outcome."""
        started = time.perf_counter()
        models = [self.load(model) for model in trial.models()]
        rows = trial.measure(models)
        trained = sum(self.seconds(model) for model in trial.models())
        took = trained + time.perf_counter() - started
        outcome = TrialOutcome(rows, took, machine=in_words(machine(), versions()))
        _write(self._trial_file(trial), asdict(outcome))
        return outcome

    def seconds(self, model: Described) -> float:
        """That training this model took; it must be there."""
        return float(json.loads(self._seconds_file(model).read_bytes()))

    def _seconds_file(self, model: Described) -> Path:
        return self._seconds / f"{identity(model)}.json"

    def _under_way_file(self, model: Described) -> Path:
        return self._under_way / f"{identity(model)}.json"

    def _trial_file(self, trial: Trial) -> Path:
        return self._trials / f"{identity(trial)}.json"


def identity(described: Described | Trial) -> str:
    """32 hexadecimal digits that identify a model or a trial with all its inputs."""
    said = [VERSION, type(described).__name__, asdict(described)]  # type: ignore[call-overload]
    return digest_of(said).removeprefix("sha256:")[:32]


@dataclass(frozen=True)
class _UnderWay:
    """A training in progress.

    Attributes:
        done: fraction of its epochs.
        seconds: they took.
    """

    done: float = 0.0
    seconds: float = 0.0


def _read_under_way(path: Path) -> _UnderWay:
    try:
        return _UnderWay(**json.loads(path.read_bytes()))
    except FileNotFoundError:  # not started yet, or already finished
        return _UnderWay()


def _write(path: Path, content: Any) -> None:
    with atomic_write(path) as part:
        part.write_text(json.dumps(content), encoding="utf-8")
