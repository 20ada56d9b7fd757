"""A network in an ONNX file, run here by onnxruntime: `MODEL.onnx` with `MODEL.toml` beside it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.fields import errors_name
from isotopes.targets.local.description import Description, read_description
from isotopes.targets.local.outputs import probabilities
from isotopes.targets.local.preprocess import Preprocessing, prepare
from isotopes.targets.scores import Scores
from isotopes.targets.target import OpenableTarget, Picture

_TYPES = {"float32": "tensor(float)", "float16": "tensor(float16)", "uint8": "tensor(uint8)"}
_WEIGHTS = (".data", "_data")  # endings of the file that large networks keep their weights in
_BATCH = 32
_BATCH_PIXELS = 2**19


class OnnxTarget(OpenableTarget):
    """The black box in an ONNX file. It answers in full.

    It wants to be asked by as many threads at once as there are cores: each runs its batch by
    itself. Threads that share one batch wait for each other at each layer, and all of them for
    whoever makes the next batch ready.
    """

    kind: ClassVar[str] = "onnx"
    summary: ClassVar[str] = "MODEL.onnx, with MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".onnx",)
    remote = False

    def __init__(self, path: Path, description: Description | None = None) -> None:
        """Load a network; without a `description`, that in the TOML file of the same name.

        Raises:
            TargetUnusable: the file or its description is missing, can't be used, or they don't go
                together.
        """
        if path.is_dir():
            raise TargetUnusable(f"{path} is a folder, not a file")
        if not path.is_file():
            raise TargetUnusable(f"there is no ONNX file {path}")
        self._path = path
        self._description = description or read_description(path.with_suffix(".toml"))
        self._session = _open(path)
        with errors_name(path):
            self._input, self._fixed = _pick_input(self._session, self._description.input)
            self._output = _pick_output(self._session, self._description)
        height, width = self._description.input.size
        fitting = min(_BATCH, max(1, _BATCH_PIXELS // (height * width)))
        self.batch_size = self._fixed or fitting
        self.concurrency = _cores()
        self._rooms = threading.local()

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The network in the file `spec`."""
        return cls(cls.named_file(spec))

    @property
    def name(self) -> str:
        return self._path.name

    @cached_property
    def _identity(self) -> str:
        files = [self._path.with_name(self._path.name + ending) for ending in ("", *_WEIGHTS)]
        hashes = [digest_file(file) for file in files if file.is_file()]
        return digest_of([self.kind, hashes, asdict(self._description)])

    def identity(self) -> str:
        """Of the network's bytes and of its description: with another one it is another target."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...]:
        return self._description.labels

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        room = self._own_room() if len(pictures) <= self.batch_size else None
        prepared = prepare(pictures, self._description.input, room)
        if self._fixed is not None and room is not None:
            prepared = room  # what fills it up is of no account
        try:
            (raw,) = self._session.run([self._output], {self._input: prepared})
        except Exception as error:  # onnxruntime's own have no common base
            raise TargetUnusable(
                f"{self._path} can't be run on input of shape {prepared.shape}: {error}",
                hint="compare size and layout in its description with the network",
            ) from error
        rows = np.asarray(raw)[: len(pictures)]
        scores = Scores(self.labels, probabilities(str(self._path), rows, self._description))
        check_probabilities(self.name, scores)
        return scores

    def _own_room(self) -> NDArray[Any]:
        """Where this thread makes its batches ready."""
        if not hasattr(self._rooms, "own"):
            how = self._description.input
            self._rooms.own = np.zeros((self.batch_size, *how.shape), how.dtype)
        room: NDArray[Any] = self._rooms.own
        return room


def _open(path: Path) -> Any:
    import onnxruntime  # here: `isotopes targets` lists this kind without loading it

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors: warnings would land in the middle of a progress bar
    options.intra_op_num_threads = 1  # see OnnxTarget
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own have no common base
        raise TargetUnusable(f"{path} can't be loaded as an ONNX network: {error}") from error


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pick_input(session: Any, how: Preprocessing) -> tuple[str, int | None]:
    """The input's name, and how many pictures it takes at once where that is fixed."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(found.name for found in inputs)
        raise TargetUnusable(f"a network must have one input, the pictures; it has: {names}")
    (found,) = inputs
    if found.type != _TYPES[how.dtype]:
        raise TargetUnusable(f"its input is a {found.type}, but its description says {how.dtype}")
    expected = (None, *how.shape)
    fits = len(found.shape) == len(expected) and all(
        not isinstance(side, int) or wanted in {None, side}
        for side, wanted in zip(found.shape, expected, strict=True)
    )
    if not fits:
        raise TargetUnusable(
            f"its input has shape {found.shape}, but its description makes"
            f" {['n', *how.shape]} ({how.layout})",
            hint="compare size, layout and channels",
        )
    first = found.shape[0]
    return found.name, first if isinstance(first, int) else None


def _pick_output(session: Any, description: Description) -> str:
    """The output's name."""
    outputs = {output.name: output for output in session.get_outputs()}
    name = description.output_name
    if name is None and len(outputs) > 1:
        raise TargetUnusable(
            f"it has several outputs: {', '.join(outputs)}",
            hint='say which in the description: [output] name = "..."',
        )
    if name is not None and name not in outputs:
        raise TargetUnusable(f"it has no output {name!r}; it has: {', '.join(outputs)}")
    found = outputs[name or next(iter(outputs))]
    given, labels = found.shape[1:2], len(description.labels)
    if any(isinstance(count, int) and count != labels for count in given):
        raise TargetUnusable(
            f"its output {found.name!r} has {given[0]} scores, but its description has"
            f" {labels} labels"
        )
    return str(found.name)
