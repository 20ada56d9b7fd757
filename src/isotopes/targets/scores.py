"""What a black box answers: a score per label and picture, and how complete that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError, UnknownLabel
from isotopes.hints import choose

MOST_LABELS = 50_000  # in all answers, or numbers of an embedding; ImageNet-21k has 21,841
ROUNDING = 1e-6  # a float32 softmax may exceed 1 by this much
_SUGGESTED = 8  # labels that a message names


class Completeness(StrEnum):
    """How much of the answer the target showed."""

    FULL = "full"  # every label, for every picture
    TOP_K = "top-k"  # the K best labels
    THRESHOLD = "threshold"  # the labels above a threshold


@dataclass(frozen=True)
class Scores:
    """Answers to n pictures.

    Attributes:
        labels: all labels seen, shape (labels,), all different.
        values: probabilities in [0, 1], float64, shape (n, labels); NaN for labels that were not
            returned, which only incomplete answers may hold.
        completeness: full, the K best, or those above a threshold.
        limit: K or the threshold; None for a full answer.
    """

    labels: tuple[str, ...]
    values: NDArray[np.float64]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.labels):
            raise AnswerError(
                f"scores must have shape (pictures, {len(self.labels)} labels),"
                f" got {self.values.shape}"
            )
        if len(set(self.labels)) != len(self.labels):
            (twice, _), *_ = Counter(self.labels).most_common(1)
            raise AnswerError(f"the target answered with label {twice!r} twice for one picture")

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def column(self, label: str) -> int:
        """The position of `label` in `labels`.

        Raises:
            UnknownLabel: it is not there.
        """
        check_label(label, self.labels)
        return self.labels.index(label)

    def top(self) -> NDArray[np.int64]:
        """The column of the best label for each picture, shape (n,); -1 if none was returned."""
        empty = np.isnan(self.values).all(axis=1)
        best = np.where(np.isnan(self.values), -np.inf, self.values).argmax(axis=1)
        return np.where(empty, -1, best).astype(np.int64)

    @staticmethod
    def join(parts: Sequence[Scores]) -> Scores:
        """Answers to several batches as one; labels in order of first appearance."""
        if all(part.labels == parts[0].labels for part in parts):
            labels = parts[0].labels
            values = np.concatenate([part.values for part in parts])
        else:
            labels = tuple(dict.fromkeys(label for part in parts for label in part.labels))
            columns = {label: column for column, label in enumerate(labels)}
            values = np.full((sum(map(len, parts)), len(labels)), np.nan)
            row = 0
            for part in parts:
                places = [columns[label] for label in part.labels]
                values[row : row + len(part), places] = part.values
                row += len(part)
        return Scores(labels, values, parts[0].completeness, parts[0].limit)


def check_label(label: str, known: Sequence[str]) -> None:
    """Raise UnknownLabel, with suggestions, unless `label` is among the known ones."""
    if label in known:
        return
    alike = [name for name in known if name.startswith(f"{label} (")]
    raise UnknownLabel(
        f"the target has no label {label!r}",
        hint=f"did you mean one of: {', '.join(alike[:_SUGGESTED])}"
        if alike
        else choose(label, known, all_of_them=False),
    )


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of a model's outputs, made different: repeated ones get their output's number.

    Names need not be unique: ImageNet has two cranes and two maillots.

    >>> distinct_names(["crane", "dog", "crane"])
    ('crane (0)', 'dog', 'crane (2)')
    """
    repeated = {name for name, count in Counter(names).items() if count > 1}
    taken = set(names) - repeated
    distinct = []
    for number, name in enumerate(names):
        unique = f"{name} ({number})" if name in repeated else name
        while unique in taken and name in repeated:
            unique += "'"
        taken.add(unique)
        distinct.append(unique)
    return tuple(distinct)


def name_outputs(names: Sequence[str], outputs: int) -> tuple[str, ...]:
    """The labels of a model that shows all its outputs; all different, at least two.

    A model with a single output has two labels: what it scores, and the opposite.

    Raises:
        AnswerError: there isn't one name for each output.

    >>> name_outputs(["cat"], 1)
    ('cat', 'not cat')
    >>> name_outputs(["cat", "dog"], 1)  # the output scores the second
    ('cat', 'dog')
    """
    if outputs == 1 and len(names) == 1:
        return names[0], f"not {names[0]}"
    if len(names) != outputs and (outputs, len(names)) != (1, 2):
        raise AnswerError(f"each of {outputs} outputs needs a label, got {len(names)} labels")
    return distinct_names(names)


def full_scores(names: Sequence[str], values: NDArray[np.float64]) -> Scores:
    """The scores of a model that shows all its outputs.

    Args:
        names: of the outputs, not necessarily different; for a single output also the names of
            both classes, the second being the one it scores.
        values: probabilities, shape (pictures, outputs).

    Raises:
        AnswerError: there isn't one name for each output, or a single one has no probability.
    """
    labels = name_outputs(names, values.shape[1])
    if values.shape[1] == 1:
        for value in values.flat:
            if not -ROUNDING <= value <= 1 + ROUNDING:
                raise AnswerError(f"scores must be probabilities in [0, 1], got {value:g}")
        opposite = 1 - values
        pair = [values, opposite] if len(names) == 1 else [opposite, values]
        values = np.concatenate(pair, axis=1)
    return Scores(labels, values)
