"""A target's answers to the queries of one plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError
from isotopes.targets.scores import Completeness

CLEAN, MARK = 0, 1  # rows of the tensor; decoy i is row 1 + i


class MarkedQueries(Protocol):
    """What is needed to make marked pictures and to order them.

    Attributes:
        marks: how many marks and decoys there are.
        alpha: how visible they are.
        seed_key: the order of the queries comes from it.
        disguised: whether each query changes its picture in another way.
        views: which pictures are asked in another view, and where the same one stands as it is.
    """

    @property
    def marks(self) -> int: ...
    @property
    def alpha(self) -> float: ...
    @property
    def seed_key(self) -> bytes: ...
    @property
    def disguised(self) -> bool: ...
    @property
    def views(self) -> Mapping[int, int]: ...


class Queries(MarkedQueries, Protocol):
    """The part of a plan, of a check or an audit, that asking needs.

    Attributes:
        pictures: ``sha256:...`` of each picture's pixels, in the order of the tensor.
        unmarked: how many of them, the first ones, are asked without a mark too.
    """

    @property
    def pictures(self) -> tuple[str, ...]: ...
    @property
    def unmarked(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Answers:
    """The answer tensor of one plan.

    Attributes:
        labels: all labels seen, shape (labels,).
        values: probabilities, float64, shape (2 + decoys, pictures, labels): the unmarked picture,
            then with the mark, then with the decoys. NaN if a query was not answered, and where
            an incomplete answer does not show a label.
        asked: which queries were answered, bool, shape (2 + decoys, pictures).
        completeness, limit: as in `Scores`.
        fault: why these answers can't be compared; None if they can.
        cut: why asking stopped early; None if it didn't, or if no reason was recorded.
        journal: `QueryJournal.identity` of the one whose canary watched over these answers;
            None if none did.
    """

    labels: tuple[str, ...]
    values: NDArray[np.float64]
    asked: NDArray[np.bool_]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None
    fault: str | None = None
    cut: str | None = None
    journal: str | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (*self.asked.shape, len(self.labels)):
            raise AnswerError(
                f"answers to {self.asked.shape} queries about {len(self.labels)} labels"
                f" can't have shape {self.values.shape}"
            )

    @classmethod
    def none_yet(cls, plan: Queries) -> Answers:
        """No answers yet."""
        shape = (1 + plan.marks, len(plan.pictures))
        return cls((), np.empty((*shape, 0)), np.zeros(shape, np.bool_))

    @classmethod
    def planned(cls, plan: Queries) -> NDArray[np.bool_]:
        """All queries that the plan may ask, bool, shape (2 + decoys, pictures)."""
        queries = np.ones((1 + plan.marks, len(plan.pictures)), np.bool_)
        queries[CLEAN, plan.unmarked :] = False
        return queries

    @property
    def queries(self) -> int:
        """How many pictures were answered."""
        return int(self.asked.sum())

    @property
    def clean(self) -> NDArray[np.float64]:
        """Answers to the unmarked pictures, shape (pictures, labels)."""
        clean: NDArray[np.float64] = self.values[CLEAN]
        return clean

    @property
    def marked(self) -> NDArray[np.float64]:
        """Answers to the marked pictures, shape (1 + decoys, pictures, labels), the mark first."""
        return self.values[MARK:]
