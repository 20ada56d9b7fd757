"""A network in files, run here in a process of its own: what the kinds of such files share.

A kind says which files belong to a network. Its runtime is in `sessions/`.
"""

from __future__ import annotations

import math
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.extras import missing
from isotopes.targets.fields import errors_name
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.batching import on_cores, on_gpu
from isotopes.targets.local.description import Description, read_description
from isotopes.targets.local.embeddings.anchored_target import AnchoredTarget
from isotopes.targets.local.embeddings.anchors import anchors_of, described
from isotopes.targets.local.files.wrong import check_file, saying_other_format
from isotopes.targets.local.network_process import NetworkLimits, NetworkProcess, Slot
from isotopes.targets.local.outputs import in_label_order, output_scores
from isotopes.targets.local.preprocess import Preprocessing, prepare_input
from isotopes.targets.local.tensors import Output, Tensor, holds_whole_numbers
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture

_TYPES = {"float32": "tensor(float)", "float16": "tensor(float16)", "uint8": "tensor(uint8)"}
_LARGEST_INPUT = 2**30  # bytes of a batch


class NetworkTarget(AnchoredTarget):
    """The black box in a network's files. It answers in full.

    As many threads should ask at once as there are cores: each runs its batch on one core. Threads
    that share one batch would wait for each other at every layer. A runtime that can use a GPU
    does, with larger batches.

    Class attributes:
        format: what people call such a file.
        runtime: what runs it, in `network_worker.py`'s words.
        needs: the modules that this takes, each with the name of its package.
        extra: what installs them.
    """

    format: ClassVar[str]
    runtime: ClassVar[str]
    needs: ClassVar[Mapping[str, str]]
    extra: ClassVar[str]
    remote = False

    def __init__(
        self,
        path: Path,
        description: Description | None = None,
        limits: NetworkLimits | None = None,
    ) -> None:
        """Load a network, by default with the description in the TOML file of the same name.

        Raises:
            TargetUnusable: the runtime is not installed; or the file or its description is missing,
                can't be used, or they don't match.
        """
        self.check_installed()
        self._path, self._main = path, self.main_file(path)
        self.check_files(path)
        self._description = description or read_description(self.description_file(path))
        folder = self._main.parent
        self.embeds = self._description.embeds
        self._limits = limits or NetworkLimits()
        self._process: NetworkProcess | None = None
        self._idle: list[Slot] = []
        self._lock = threading.Lock()
        with saying_other_format(self._main, self.kind, self.format):
            self._external = [(name, folder / name) for name in self.weight_files(self._main)]
            process = self._running()
        with errors_name(path):
            self._input, self._fixed = _pick_input(process.inputs, self._description.input)
            self._output = _pick_output(process.outputs, self._description)
        batching = (on_gpu if process.on_gpu else on_cores)(*self._description.input.size)
        self.batch_size = self._fixed or batching.size
        self.concurrency = batching.threads
        try:
            self._anchors = anchors_of(path, self._description, self._values, self.batch_size)
        except Exception:
            self.close()
            raise

    @classmethod
    def check_installed(cls) -> None:
        """Raise TargetUnusable if what runs such networks isn't installed."""
        for module, package in cls.needs.items():
            if find_spec(module) is None:
                raise missing(package, cls.extra)

    @classmethod
    def check_files(cls, path: Path) -> None:
        """Raise TargetUnusable if the file at `path`, or one that belongs to it, isn't whole."""
        check_file(cls.main_file(path), cls.kind, cls.format, cls.check_whole)

    @classmethod
    @abstractmethod
    def check_whole(cls, main: Path) -> None:
        """Raise ValueError if the main file, or one that belongs to it, is cut short or missing."""

    @classmethod
    def main_file(cls, path: Path) -> Path:
        """The file that holds the network, or its graph, where a person names `path`."""
        return path

    @classmethod
    def description_file(cls, path: Path) -> Path:
        """Where the description of the network at `path` lies."""
        return path.with_suffix(".toml")

    @classmethod
    @abstractmethod
    def weight_files(cls, main: Path) -> Sequence[str]:
        """Other files that decide the answers, by their paths from the main file's folder."""

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The network in the file `spec`."""
        return cls(cls.named_file(spec))

    @property
    def name(self) -> str:
        return self._path.name

    @cached_property
    def _identity(self) -> str:
        hashes = [
            [name, digest_file(file) if file.is_file() else None] for name, file in self._external
        ]
        about = described(self._description, self._anchors)
        return digest_of([self.kind, digest_file(self._main), hashes, *about])

    def identity(self) -> str:
        """A hash of the network, of all files that it names, and of its description."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._description.answered_labels

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        size = self.batch_size
        if len(pictures) > size:
            starts = range(0, len(pictures), size)
            return Scores.join([self.ask(pictures[i : i + size], gate) for i in starts])
        values = self._values(pictures, gate)
        scores = output_scores(str(self._path), values, self._description, self._anchors)
        check_probabilities(self.name, scores)
        return scores

    def close(self) -> None:
        with self._lock:
            self._idle.clear()
            if self._process is not None:
                self._process.close()

    def _values(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> NDArray[Any]:
        """What the network puts out for at most a batch of pictures, in order."""
        with self._slot() as slot:
            prepare_input(pictures, self._description.input, slot.room)
            # A fixed batch is always full; what its last rows hold doesn't matter.
            count = self._fixed or len(pictures)
            output = slot.run(count, gate)
        return self._checked(output, count)[: len(pictures)]

    def _checked(self, output: Output, count: int) -> NDArray[Any]:
        subject = str(self._path)
        values = output.values
        if values.ndim == 0 or len(values) != count:
            raise AnswerError(
                f"{subject} must answer each of {count} pictures, got output of shape"
                f" {values.shape}"
            )
        if output.keys is not None:
            values = in_label_order(subject, values, output.keys, self._description)
        return values

    def _running(self) -> NetworkProcess:
        """The process; a new one if the last was stopped."""
        if self._process is None or not self._process.alive:
            files = [self._main, *(file for _, file in self._external)]
            size = sum(file.stat().st_size for file in files if file.is_file())
            self._process = NetworkProcess(self._path, size, self._limits, self.runtime)
            self._idle.clear()
        return self._process

    @contextmanager
    def _slot(self) -> Iterator[Slot]:
        with self._lock:
            process = self._running()
            slot = self._idle.pop() if self._idle else None
        if slot is None:
            how = self._description.input
            shape = (self.batch_size, *how.shape)
            slot = process.open_slot(shape, how.dtype, self._input, self._output)
        try:
            yield slot
        finally:
            with self._lock:
                if slot.alive:
                    self._idle.append(slot)


def _pick_input(inputs: Sequence[Tensor], how: Preprocessing) -> tuple[str, int | None]:
    """The input's name, and how many pictures it takes at once if that is fixed."""
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs[:8])
        raise TargetUnusable(f"a network must have one input, the pictures; it has: {names}")
    (only,) = inputs
    if only.type != _TYPES[how.dtype]:
        quantised = "it is quantised: describe the floats that it stands for, with mean and std"
        raise TargetUnusable(
            f"its input is a {only.type}, but its description says {how.dtype}",
            hint=None if only.steps is None else quantised,
        )
    expected = (None, *how.shape)
    fits = len(only.shape) == len(expected) and all(
        not isinstance(side, int) or wanted in {None, side}
        for side, wanted in zip(only.shape, expected, strict=True)
    )
    if not fits:
        raise TargetUnusable(
            f"its input has shape {list(only.shape)[:8]}, but its description makes"
            f" {['n', *how.shape]} ({how.layout})",
            hint="compare size, layout and channels",
        )
    batch = only.shape[0]
    if not isinstance(batch, int):
        return only.name, None
    size = batch * math.prod(how.shape) * np.dtype(how.dtype).itemsize
    if not 0 < size <= _LARGEST_INPUT:
        raise TargetUnusable(
            f"its input must hold 1 to {_LARGEST_INPUT // 2**20} MiB of pictures at a time,"
            f" got {batch:,} pictures"
        )
    return only.name, batch


def _pick_output(outputs: Sequence[Tensor], description: Description) -> str:
    """The output's name."""
    by_name = {output.name: output for output in outputs}
    name = description.output_name
    names = ", ".join(list(by_name)[:8])
    if name is None and len(by_name) > 1:
        raise TargetUnusable(
            f"it has several outputs: {names}",
            hint='say which in the description: [output] name = "..."',
        )
    if name is not None and name not in by_name:
        raise TargetUnusable(f"it has no output {name!r}; it has: {names}")
    if not by_name:
        raise TargetUnusable("it has no output")
    chosen = by_name[name or next(iter(by_name))]
    if holds_whole_numbers(chosen):
        others = [one.name for one in outputs if not holds_whole_numbers(one)]
        raise TargetUnusable(
            f"its output {chosen.name!r} holds whole numbers ({chosen.type}), and nothing says what"
            " they stand for",
            hint=f"name another in [output] name: {', '.join(others[:8])}"
            if others
            else "have it converted with outputs of floats",
        )
    # Some networks have axes of length 1 before the scores, and some after them.
    sides = [side for side in chosen.shape[1:] if isinstance(side, int)]
    labels = description.outputs
    if labels is not None and sides and len(sides) == len(chosen.shape) - 1:
        count = math.prod(sides)
        if count != labels and (count, labels) != (1, 2):
            raise TargetUnusable(
                f"its output {chosen.name!r} has {count} scores, but its description has"
                f" {labels} labels"
            )
    return chosen.name
