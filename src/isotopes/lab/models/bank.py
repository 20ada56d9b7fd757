"""Trained networks, each kept under the hash of everything that went into it.

An interrupted bank resumes: models that exist are never trained again, a long
training resumes from its checkpoint, and a file appears under its name only when it is whole.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from isotopes.canonical import digest_of
from isotopes.errors import FolderError
from isotopes.files import atomic_write
from isotopes.lab.folders import curves_folder
from isotopes.lab.networks import get_architecture
from isotopes.lab.train.side_outputs import current_side_outputs, side_outputs
from isotopes.lab.train.training import Model
from isotopes.processes import end_with_parent

if TYPE_CHECKING:
    from torch import nn

N = TypeVar("N", bound="nn.Module")


class Specification(Protocol):
    """The description of a model, a frozen dataclass of plain values, and how to train it."""

    def train(self) -> Model:
        """Train it. Always gives the same model."""


class NetworkSpecification(ABC, Generic[N]):
    """As `Specification`, of a network that is no classifier: a generator or an encoder."""

    @abstractmethod
    def build(self) -> N:
        """The network, untrained."""

    @abstractmethod
    def train(self) -> N:
        """Train it. Always gives the same network."""


S = TypeVar("S", bound=Specification)


class Bank:
    """A folder of trained models."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`; it is created if it doesn't exist."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @overload
    def get(self, wanted: NetworkSpecification[N]) -> N: ...
    @overload
    def get(self, wanted: Specification) -> Model: ...
    def get(self, wanted: Specification | NetworkSpecification[N]) -> Model | N:
        """The model; trained now unless it exists."""
        path = self._path(wanted)
        if not path.exists():
            _train_into(wanted, path)
        if isinstance(wanted, NetworkSpecification):
            found: N = _load_network(wanted, path)
            return found
        return load_model(path)

    def fill(
        self,
        wanted: Iterable[S],
        *,
        workers: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Train all missing models, in processes of one thread each.

        Args:
            progress: called with models done and models in all.
        """
        every = list(wanted)
        missing = [one for one in every if not self._path(one).exists()]
        for done, _ in enumerate(self._train(missing, workers), len(every) - len(missing) + 1):
            if progress is not None:
                progress(done, len(every))

    def _train(self, missing: list[S], workers: int) -> Iterator[None]:
        # spawn: torch's threads don't survive a fork.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_use_one_thread) as pool:
            running = [pool.submit(_train_into, one, self._path(one)) for one in missing]
            try:
                for future in as_completed(running):
                    future.result()
                    yield
            finally:
                pool.shutdown(cancel_futures=True)

    def _path(self, wanted: Specification | NetworkSpecification[Any]) -> Path:
        return self._folder / f"{name_of(wanted)}.safetensors"


def name_of(wanted: Specification | NetworkSpecification[Any]) -> str:
    """32 hexadecimal digits that identify a model with everything that goes into it."""
    said = digest_of([type(wanted).__name__, asdict(wanted)])  # type: ignore[call-overload]
    return said.removeprefix("sha256:")[:32]


def save_model(model: Model, path: Path) -> None:
    """Write weights and description as one safetensors file, whole or not at all."""
    from safetensors.torch import save

    described = {
        "architecture": model.architecture,
        "labels": model.labels,
        "mean": model.mean,
        "std": model.std,
        "size": model.size,
    }
    weights = {name: value.cpu().contiguous() for name, value in model.network.state_dict().items()}
    with atomic_write(path) as part:
        part.write_bytes(save(weights, {"model": json.dumps(described)}))


def load_model(path: Path) -> Model:
    """The model in a file that `save_model` wrote.

    Raises:
        FolderError: the file is not a bank's model.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as opened:
            described: dict[str, Any] = json.loads((opened.metadata() or {})["model"])
            weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, OSError) as error:
        raise FolderError(f"{path} holds no model of this lab: {error}") from error
    network = get_architecture(described["architecture"]).build(len(described["labels"]))
    network.load_state_dict(weights)
    return Model(
        network.eval(),
        described["architecture"],
        tuple(described["labels"]),
        tuple(described["mean"]),
        tuple(described["std"]),
        tuple(described["size"]),
    )


def _load_network(wanted: NetworkSpecification[N], path: Path) -> N:
    from safetensors.torch import load

    network = wanted.build()
    network.load_state_dict(load(path.read_bytes()))
    return network.eval()


def _save_network(network: nn.Module, path: Path) -> None:
    from safetensors.torch import save

    weights = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    with atomic_write(path) as part:
        part.write_bytes(save(weights))


def _train_into(wanted: Specification | NetworkSpecification[Any], path: Path) -> None:
    curves = curves_folder()
    kept = replace(
        current_side_outputs(),
        checkpoints=path.parent / "unfinished",
        curves=None if curves is None else curves / path.stem,
    )
    with side_outputs(kept):
        if isinstance(wanted, NetworkSpecification):
            _save_network(wanted.train(), path)
        else:
            save_model(wanted.train(), path)


def _use_one_thread() -> None:
    end_with_parent()
    import torch

    torch.set_num_threads(1)
    os.nice(5)  # leave the machine usable while the bank trains
