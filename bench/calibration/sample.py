"""What one test gets to see: a mark and decoys, on some probes, drawn from a model's answers.

A model is asked once about many marks on many probes; each test then draws its own mark, decoys and
probes from those answers, as a person would have drawn them by key. Every mark is a draw of one
family under a key that no model ever saw, so any of them may play the true one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.models.answers import MarkAnswers
from isotopes.stats.scores.statistic import Values, allowed_probes, get_statistic, top_rank
from isotopes.verify.methods.rank import Rank

SHOWN = 5  # labels that a target shows in top-K mode


@dataclass(frozen=True, eq=False)
class Asked:
    """A model's answers.

    Attributes:
        values: probabilities, shape (marks, probes, labels).
        allowed: which probes count for which label, shape (probes, labels).
        folders: the label that each probe's folder is called by, shape (probes,).
    """

    values: Values
    allowed: NDArray[np.bool_]
    folders: NDArray[np.int64]

    @classmethod
    def of(cls, answers: MarkAnswers) -> Asked:
        """All of the answers."""
        names = [str(label) for label in range(answers.clean.shape[1])]
        allowed = allowed_probes(answers.clean, names, [names[label] for label in answers.labels])
        return cls(answers.values, allowed, answers.labels)

    @cached_property
    def scores(self) -> dict[str, Values]:
        """By statistic; "top-rank" as from a target that shows its 5 best labels."""
        return {
            "probability": self.values,
            "log-odds": get_statistic("log-odds")(self.values),
            "top-rank": top_rank(self.values, SHOWN),
        }


@dataclass(frozen=True, eq=False)
class Sample:
    """What a test sees.

    Attributes:
        scores: of one statistic, shape (1 + decoys, probes, labels), the mark first.
        allowed: shape (probes, labels).
        label: column of the named one; None for a search.
    """

    scores: Values
    allowed: NDArray[np.bool_]
    label: int | None

    @property
    def decoys(self) -> int:
        return len(self.scores) - 1

    @property
    def probes(self) -> int:
        """How many pictures were drawn, each asked with each mark, and once unmarked."""
        return len(self.allowed)

    @property
    def testable(self) -> NDArray[np.int64]:
        """Labels with enough probes."""
        return np.flatnonzero(self.allowed.sum(axis=0) >= Rank.fewest)

    @property
    def of_label(self) -> Values:
        """The named label's scores on its allowed probes, shape (1 + decoys, allowed)."""
        return self.scores[:, self.allowed[:, self.label], self.label]


@dataclass(frozen=True)
class Draw:
    """How large a test is.

    Attributes:
        decoys, probes: how many.
        search: no label is named.
        statistic: that it compares.
        whole: it looks at all labels even if one is named.
    """

    decoys: int
    probes: int
    search: bool
    statistic: str
    whole: bool = False

    def sample(
        self,
        asked: Asked,
        mark: int,
        others: NDArray[np.int64],
        label: int,
        rng: np.random.Generator,
    ) -> Sample:
        """A test of one of the marks.

        Args:
            mark: its place in the answers.
            others: places of the marks that decoys are drawn from.
            label: probes from its folder are not taken; a search neither knows nor heeds it.
        """
        rows = np.append(mark, rng.choice(others, self.decoys, replace=False))
        pool = np.arange(len(asked.folders))
        if not self.search:
            pool = pool[asked.folders != label]
        probes = rng.choice(pool, self.probes, replace=False)
        scores, allowed = asked.scores[self.statistic], asked.allowed[probes]
        if self.search or self.whole:
            return Sample(scores[np.ix_(rows, probes)], allowed, None if self.search else label)
        column = scores[np.ix_(rows, probes, np.array([label]))]
        return Sample(column, allowed[:, [label]], 0)
