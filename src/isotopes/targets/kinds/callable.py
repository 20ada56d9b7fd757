"""A Python function as a black box: `module:function`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.answer import check_probabilities
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.importing import import_function, source_digests, wrong_function
from isotopes.targets.scores import Scores, full_scores, name_outputs
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
            function: takes a list of pictures, uint8 RGB (height, width, 3). It returns an array
                of probabilities, shape (n, labels), or for each picture a mapping from label to
                probability, all with the same labels.
            labels: of the array's columns; "0", "1", ... by default.
            name: what to call it; the function's own name by default.
        """
        self._function = function
        self._labels = None if labels is None else tuple(map(str, labels))
        self._name = name or str(getattr(function, "__qualname__", type(function).__name__))

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The function ``module:function``; modules in the current folder are found too.

        An attribute `labels` of the function names the columns of its array.

        Raises:
            TargetUnusable: no such module or function, or it takes something else.
        """
        function = import_function(spec, "a list of pictures")
        return cls(function, getattr(function, "labels", None), spec)

    @property
    def name(self) -> str:
        return self._name

    def identity(self) -> str:
        """A hash of its name, its labels and its source file, if there is one.

        What the function reads from elsewhere, such as a network's weights, is not covered.
        """
        module = str(getattr(self._function, "__module__", ""))
        source = source_digests([module]).get(module)
        return digest_of([self.kind, self._name, self._labels, source])

    @property
    def labels(self) -> tuple[str, ...] | None:
        return None if self._labels is None else name_outputs(self._labels, len(self._labels))

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        try:
            answer = self._function(list(pictures))
        except Exception as error:  # whatever a person's own function raises
            raise AnswerError(f"{self._name} raised {type(error).__name__}: {error}") from error
        scores = self._read(answer)
        if len(scores) != len(pictures):
            raise wrong_function(
                self._name, f"an answer for each of {len(pictures)} pictures", str(len(scores))
            )
        check_probabilities(self._name, scores)
        return scores

    def _read(self, answer: Any) -> Scores:
        if isinstance(answer, Sequence) and answer and isinstance(answer[0], Mapping):
            return self._read_mappings(answer)
        try:
            values = np.asarray(answer, np.float64)
        except (TypeError, ValueError):
            values = np.empty(0)
        if values.ndim != 2:
            raise wrong_function(
                self._name,
                "an array of shape (pictures, labels), or a list of mappings from label to score",
                f"{type(answer).__name__} {values.shape}",
            )
        return full_scores(self._labels or tuple(map(str, range(values.shape[1]))), values)

    def _read_mappings(self, answer: Sequence[Mapping[Any, float]]) -> Scores:
        labels = tuple(answer[0]) if self._labels is None else self._labels
        for scores in answer:
            if not isinstance(scores, Mapping):
                raise wrong_function(
                    self._name, "a mapping for each picture", type(scores).__name__
                )
            if odd := scores.keys() ^ set(labels):
                raise wrong_function(
                    self._name,
                    "a score for each label and no other label",
                    f"an answer in which {min(map(str, odd))!r} is missing or unknown",
                )
        try:
            rows = [[scores[label] for label in labels] for scores in answer]
            values = np.array(rows, np.float64)
        except (TypeError, ValueError) as error:
            raise wrong_function(self._name, "numbers as scores", str(error)) from None
        return full_scores(tuple(map(str, labels)), values)
