"""A Python function as a black box: `module:function`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import AnswerError
from isotopes.targets.answer import check_probabilities
from isotopes.targets.local.importing import import_function
from isotopes.targets.scores import Scores
from isotopes.targets.target import OpenableTarget, Picture

Function = Callable[[list[Picture]], Any]


class CallableTarget(OpenableTarget):
    """A function from pictures to scores. It answers in full."""

    kind: ClassVar[str] = "callable"
    summary: ClassVar[str] = "module:function, a Python function"
    remote = False

    def __init__(
        self, function: Function, labels: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        """Wrap `function`.

        Args:
            function: takes a list of pictures, uint8 RGB (height, width, 3), and gives either an
                array of probabilities, shape (n, labels), or for each picture a mapping from label
                to probability, all with the same labels.
            labels: of the array's columns; "0", "1", ... where there are none.
            name: what to call it; the function's own name otherwise.
        """
        self._function = function
        self._labels = None if labels is None else tuple(map(str, labels))
        self._name = name or str(getattr(function, "__qualname__", type(function).__name__))

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The function that ``module:function`` names; modules of the current folder are found.

        Where the function has an attribute `labels`, those are the array's.

        Raises:
            TargetUnusable: no such module or function.
        """
        found = import_function(spec)
        return cls(found, getattr(found, "labels", None), spec)

    @property
    def name(self) -> str:
        return self._name

    def identity(self) -> str:
        """Of its name, its labels and the file it is written in, where there is one.

        What the function reads from elsewhere, such as a network's weights, is not seen.
        """
        module = inspect.getmodule(self._function)
        file = getattr(module, "__file__", None)
        source = digest_file(Path(file)) if file is not None and Path(file).is_file() else None
        return digest_of([self.kind, self._name, self._labels, source])

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._labels

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        try:
            answer = self._function(list(pictures))
        except Exception as error:  # whatever a person's own function raises
            raise AnswerError(f"{self._name} raised {type(error).__name__}: {error}") from error
        scores = self._read(answer)
        if len(scores) != len(pictures):
            raise AnswerError(
                f"{self._name} must answer each of {len(pictures)} pictures, got {len(scores)}"
            )
        check_probabilities(self._name, scores)
        return scores

    def _read(self, answer: Any) -> Scores:
        if isinstance(answer, Sequence) and answer and isinstance(answer[0], Mapping):
            return self._from_mappings(answer)
        try:
            values = np.asarray(answer, np.float64)
        except (TypeError, ValueError):
            values = np.empty(0)
        if values.ndim != 2:
            raise AnswerError(
                f"{self._name} must give an array of shape (pictures, labels), or a list of"
                f" mappings from label to score, got {type(answer).__name__} {values.shape}"
            )
        return Scores(self._labels or tuple(map(str, range(values.shape[1]))), values)

    def _from_mappings(self, answer: Sequence[Mapping[Any, float]]) -> Scores:
        labels = tuple(answer[0]) if self._labels is None else self._labels
        for scores in answer:
            if odd := scores.keys() ^ set(labels):
                raise AnswerError(
                    f"{self._name} must give a score for each label, no more and no less;"
                    f" odd is {min(map(str, odd))!r}"
                )
        values = np.array([[scores[label] for label in labels] for scores in answer], np.float64)
        return Scores(tuple(map(str, labels)), values)
