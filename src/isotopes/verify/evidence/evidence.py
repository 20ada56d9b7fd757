"""From the answers to what a test looks at: scores of the labels that can be tested at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.statistic import Values, get_statistic, mean_scores, top_rank
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.usable import Usable


@dataclass(frozen=True, eq=False)
class Evidence:
    """Scores of the labels under test.

    Attributes:
        labels: the tested label, or the candidates that have enough probes; shape (labels,).
        marks: those that the test looks at, shape (1 + decoys,): the mark (0) first, then decoys.
        scores: their scores, the plan's statistic, float64, shape (1 + decoys, probes, labels).
        allowed: which probes count for which label, bool, shape (probes, labels).
    """

    labels: tuple[str, ...]
    marks: NDArray[np.intp]
    scores: NDArray[np.float64]
    allowed: NDArray[np.bool_]

    @property
    def means(self) -> NDArray[np.float64]:
        """Mean score of each mark for each label, shape (1 + decoys, labels)."""
        return mean_scores(self.scores, self.allowed)

    def of_label(self, column: int) -> NDArray[np.float64]:
        """One label's scores on its allowed probes, shape (1 + decoys, allowed probes)."""
        return self.scores[:, self.allowed[:, column], column]


def gather(answers: Answers, statistic: str, usable: Usable, marks: NDArray[np.intp]) -> Evidence:
    """What the test looks at, from answers of which none is `unanswered`.

    Args:
        statistic: a name in `STATISTICS`.
        marks: those that it looks at, the mark (0) first.
    """
    probes = np.flatnonzero(usable.probes)
    # All labels go in: the rank of one depends on the others.
    scores = _scored(answers, statistic, answers.marked[np.ix_(marks, probes)])
    return Evidence(
        tuple(answers.labels[column] for column in usable.columns),
        marks,
        scores[:, :, usable.columns],
        usable.allowed[np.ix_(probes, usable.columns)],
    )


def _scored(answers: Answers, statistic: str, marked: Values) -> Values:
    score = get_statistic(statistic)
    if score is top_rank and answers.completeness is not Completeness.FULL:
        # K from the unmarked probes: else a later decoy could change what earlier ones scored.
        shown = int((~np.isnan(answers.clean)).sum(axis=1).max(initial=0))
        score = partial(top_rank, best=shown)
    return score(marked)
