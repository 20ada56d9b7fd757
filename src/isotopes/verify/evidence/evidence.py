"""From the answers to what a test looks at: scores of the labels that can be tested at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.naming import name_labels
from isotopes.stats.scores.parts import standardise_columns, sum_of_parts
from isotopes.stats.scores.standardise import moderated_spread
from isotopes.stats.scores.statistic import Values, get_statistic, mean_scores, top_rank
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.usable import Usable
from isotopes.verify.plans.plan import Plan


@dataclass(frozen=True, eq=False)
class Evidence:
    """Scores of the labels under test.

    Attributes:
        labels: the tested label, or the candidates that have enough pictures; shape (labels,).
        marks: those that the test looks at, shape (1 + decoys,): the mark (0) first, then decoys.
        scores: their scores, the plan's statistic, float64, shape (1 + decoys, pictures, labels).
        clean: the same of the unmarked pictures, shape (pictures, labels).
        allowed: which pictures count for which label, bool, shape (pictures, labels).
        own: which pictures are the person's own, bool, shape (pictures,).
        eligible: which labels count for which mark, bool, shape (1 + decoys, labels); None for all.
    """

    labels: tuple[str, ...]
    marks: NDArray[np.intp]
    scores: NDArray[np.float64]
    clean: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    own: NDArray[np.bool_]
    eligible: NDArray[np.bool_] | None = None

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """Mean score of each mark for each label, over all pictures, shape (1 + decoys, labels)."""
        return mean_scores(self.scores, self.allowed)

    @cached_property
    def parts(self) -> dict[str, NDArray[np.float64]]:
        """The same over probes and own pictures apart, as far as there are both."""
        kinds = {"probes": ~self.own, "own": self.own}
        return {
            kind: mean_scores(self.scores[:, which], self.allowed[which])
            for kind, which in kinds.items()
            if self.allowed[which].any()
        }

    @property
    def totals(self) -> NDArray[np.float64]:
        """One score for each mark and label, shape (1 + decoys, labels).

        The mean or, where probes and own pictures were asked, the sum of the two standardised
        means: one kind of picture may move far more than the other.
        """
        return sum_of_parts(list(self.parts.values())) if len(self.parts) > 1 else self.means

    @property
    def gains(self) -> NDArray[np.float64]:
        """How far each mark lifts each label above the unmarked pictures, on one scale.

        The scale of a label is how much its scores differ from one unmarked picture to another, so
        that it needs no decoy. Shape (1 + decoys, labels).
        """
        unmarked = mean_scores(self.clean[None], self.allowed)[0]
        spread = moderated_spread(np.where(self.allowed, self.clean, np.nan))
        gains: NDArray[np.float64] = (self.means - unmarked) / spread
        return gains

    def of_label(self, column: int) -> NDArray[np.float64]:
        """One label's scores on its allowed pictures, shape (1 + decoys, allowed pictures)."""
        return self.scores[:, self.allowed[:, column], column]

    def parts_of_label(self, column: int) -> dict[str, float]:
        """How many standard deviations of all draws the mark's mean lies above theirs, by part."""
        found = {kind: standardise_columns(part[:, [column]]) for kind, part in self.parts.items()}
        return {kind: float(part[0, 0]) for kind, part in found.items()}


def gather_evidence(
    answers: Answers, plan: Plan, usable: Usable, marks: NDArray[np.intp]
) -> Evidence:
    """What the test looks at, from answers of which none is `unanswered`.

    Args:
        marks: those that it looks at, the mark (0) first.
    """
    pictures = np.flatnonzero(usable.pictures)
    score = _statistic(answers, plan)
    marked = answers.marked[np.ix_(marks, pictures)]
    # All labels go in: the rank of one depends on the others.
    scores = score(marked)
    own = pictures >= len(plan.probes)
    return Evidence(
        tuple(answers.labels[column] for column in usable.columns),
        marks,
        scores[:, :, usable.columns],
        score(answers.clean[pictures])[:, usable.columns],
        usable.allowed[np.ix_(pictures, usable.columns)],
        own,
        _eligible(marked[:, own], usable),
    )


def _eligible(own: Values, usable: Usable) -> NDArray[np.bool_] | None:
    """Which labels count for which mark, where own pictures don't name them clearly.

    Args:
        own: answers to own pictures with each mark, shape (1 + decoys, own pictures, labels).
    """
    if usable.named is None or usable.clear or not own.shape[1]:
        return None
    given, _ = name_labels(own)
    return np.asarray((given | usable.named)[:, usable.columns])


def _statistic(answers: Answers, plan: Plan) -> partial[Values]:
    score = get_statistic(plan.statistic)
    if score is top_rank and answers.completeness is not Completeness.FULL:
        # K from the unmarked probes: else a later decoy could change what earlier ones scored.
        shown = int((~np.isnan(answers.clean)).sum(axis=1).max(initial=0))
        return partial(top_rank, best=shown)
    return partial(score)
