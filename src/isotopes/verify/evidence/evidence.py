"""From answers to the scores of all labels that can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.embeddings import embeddings_in, steadiness, togetherness
from isotopes.stats.scores.parts import standardise_columns, sum_of_parts
from isotopes.stats.scores.statistic import (
    EMBEDDINGS,
    Values,
    mean_scores,
    probability,
    top_rank,
)
from isotopes.stats.scores.tempered import TEMPERED, answer_statistic, temper
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.usable import Usable
from isotopes.verify.plans.plan import Plan

MOST_RANKS = 100  # labels of an incomplete answer that top-rank distinguishes


@dataclass(frozen=True, eq=False)
class Evidence:
    """Scores of the labels under test.

    Attributes:
        labels: the tested label, or the candidates that have enough pictures; shape (labels,). Of
            an encoder the statistic, which stands in the place of one label.
        marks: those under test, shape (1 + decoys,): the mark (0) first, then decoys.
        scores: their scores, the plan's statistic, float64, shape (1 + decoys, pictures, labels).
        allowed: which pictures count for which label, bool, shape (pictures, labels).
        own: which pictures are the person's own, bool, shape (pictures,).
        chances: probability of each label on own pictures, shape (1 + decoys, own, labels), where
            these weight the labels; None if a label is named, or searched on other people's
            pictures.
        elsewhere: its mean on others' pictures, shape (1 + decoys, labels), NaN if none counts;
            None if there are none.
    """

    labels: tuple[str, ...]
    marks: NDArray[np.intp]
    scores: NDArray[np.float64]
    allowed: NDArray[np.bool_]
    own: NDArray[np.bool_]
    chances: NDArray[np.float64] | None = None
    elsewhere: NDArray[np.float64] | None = None

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
        means, because one kind of picture may react far more than the other.
        """
        return sum_of_parts(list(self.parts.values())) if len(self.parts) > 1 else self.means

    def of_label(self, column: int, *, own: bool = False) -> NDArray[np.float64]:
        """One label's scores on its allowed pictures, shape (1 + decoys, allowed pictures).

        Args:
            own: on the person's own pictures alone.
        """
        which = self.allowed[:, column] & self.own if own else self.allowed[:, column]
        return self.scores[:, which, column]

    def parts_of_label(self, column: int) -> dict[str, float]:
        """How many standard deviations of all draws the mark's mean lies above theirs, by part."""
        found = {kind: standardise_columns(part[:, [column]]) for kind, part in self.parts.items()}
        return {kind: float(part[0, 0]) for kind, part in found.items()}


def gather_evidence(
    answers: Answers, plan: Plan, usable: Usable, marks: NDArray[np.intp]
) -> Evidence:
    """The evidence for a test, from answers of which none is `unanswered`.

    Args:
        marks: those that it looks at, the mark (0) first.
    """
    if plan.embeds:
        return _gather_embeddings(answers, plan, marks)
    pictures = np.flatnonzero(usable.pictures)
    score = _statistic(answers, plan)
    marked = answers.marked[np.ix_(marks, pictures)]
    if plan.statistic == TEMPERED:
        marked = temper(marked)
    # All labels go in: the rank of one depends on the others.
    scores = score(marked)[:, :, usable.columns]
    allowed = usable.allowed[np.ix_(pictures, usable.columns)]
    labels = tuple(answers.labels[column] for column in usable.columns)
    own = usable.own[pictures]
    if not plan.weighs_labels:
        return Evidence(labels, marks, scores, allowed, own)
    shown = probability(marked)[:, :, usable.columns]
    chances = shown[:, own]
    elsewhere = None if own.all() else mean_scores(shown[:, ~own], allowed[~own])
    return Evidence(labels, marks, scores, allowed, own, chances, elsewhere)


def _gather_embeddings(answers: Answers, plan: Plan, marks: NDArray[np.intp]) -> Evidence:
    """How steady own pictures are with each draw, and how far probes go together."""
    probes, distinct = plan.unmarked, plan.distinct
    found = embeddings_in(answers.marked[marks])
    together = togetherness(embeddings_in(answers.clean[:probes]), found[:, :probes])
    steady = steadiness(found[:, probes:distinct], found[:, distinct:])
    scores = np.concatenate([together, steady], axis=1)[..., None]
    allowed = np.ones(scores.shape[1:], np.bool_)
    return Evidence((EMBEDDINGS,), marks, scores, allowed, np.arange(distinct) >= probes)


def _statistic(answers: Answers, plan: Plan) -> partial[Values]:
    score = answer_statistic(plan.statistic)
    if score is top_rank and answers.completeness is not Completeness.FULL:
        return partial(top_rank, best=_most_shown(answers, plan))
    return partial(score)


def _most_shown(answers: Answers, plan: Plan) -> int:
    """How many labels an incomplete answer shows at most: K of `top_rank`.

    It comes from unmarked probes or from the target's own limit, because otherwise a later decoy
    could change earlier scores.
    """
    if plan.unmarked:
        shown = ~np.isnan(answers.clean[: plan.unmarked])
        return int(shown.sum(axis=1).max(initial=0))
    limit = answers.limit or MOST_RANKS
    # At most 1 / threshold of a softmax's probabilities can be above a threshold. Of independent
    # ones more can, and those below that rank then count as not shown.
    most = limit if answers.completeness is Completeness.TOP_K else 1 / limit
    return max(1, min(int(most), MOST_RANKS))
