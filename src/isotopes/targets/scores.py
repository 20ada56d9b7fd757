"""What a black box answers: a score per label and picture, and how complete that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError, UnknownLabel


class Completeness(StrEnum):
    """How much of the answer the target showed."""

    FULL = "full"  # every label, for every picture
    TOP_K = "top-k"  # the K best labels
    THRESHOLD = "threshold"  # the labels above a threshold


@dataclass(frozen=True)
class Scores:
    """Answers to n pictures.

    Attributes:
        labels: all labels seen, shape (labels,).
        values: probabilities in [0, 1], float64, shape (n, labels); NaN where a label was not
            returned, which only an incomplete answer may hold.
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
            twice = next(label for label in self.labels if self.labels.count(label) > 1)
            raise AnswerError(f"the target answered with label {twice!r} twice for one picture")

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def column(self, label: str) -> int:
        """Where `label` stands in `labels`.

        Raises:
            UnknownLabel: it is not there.
        """
        if label not in self.labels:
            some = ", ".join(self.labels[:8]) + (", ..." if len(self.labels) > 8 else "")
            raise UnknownLabel(f"the target has no label {label!r}", hint=f"its labels: {some}")
        return self.labels.index(label)

    def top(self) -> NDArray[np.int64]:
        """The best label's column for each picture, shape (n,); -1 where none was returned."""
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
            values = np.full((sum(map(len, parts)), len(labels)), np.nan)
            row = 0
            for part in parts:
                columns = [labels.index(label) for label in part.labels]
                values[row : row + len(part), columns] = part.values
                row += len(part)
        return Scores(labels, values, parts[0].completeness, parts[0].limit)
