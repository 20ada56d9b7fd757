"""From the answers to what a test looks at: scores of the labels that can be tested at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError
from isotopes.stats.statistic import (
    Values,
    allowed_probes,
    get_statistic,
    mean_scores,
    top_rank,
)
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.plans.plan import Plan


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


@dataclass(frozen=True, eq=False)
class Usable:
    """Which labels can be tested on which probes, as the answers to the unmarked probes say.

    It depends on no marked picture, so it can be known before the first of them is asked.

    Attributes:
        columns: of the labels that have enough probes, in the answers' order, shape (tested,).
        allowed: bool, shape (probes, labels), of all labels.
        most: the most probes that any tested label has; 0 where none is shown.
    """

    columns: NDArray[np.intp]
    allowed: NDArray[np.bool_]
    most: int

    @property
    def probes(self) -> NDArray[np.bool_]:
        """The probes that some tested label needs, shape (probes,)."""
        return np.asarray(self.allowed[:, self.columns].any(axis=1))


def usable_labels(answers: Answers, plan: Plan, fewest: int) -> Usable:
    """The tested labels that have at least `fewest` probes."""
    allowed = allowed_probes(answers.clean, answers.labels, plan.probe_labels)
    allowed &= answers.asked[0][:, None]
    wanted = answers.labels if plan.label is None else (plan.label,)
    if plan.candidates is not None:
        wanted = plan.candidates
    columns = np.flatnonzero([label in wanted for label in answers.labels])
    counts = allowed.sum(axis=0)[columns]
    return Usable(columns[counts >= fewest], allowed, int(counts.max(initial=0)))


def obstacles(answers: Answers, plan: Plan, fewest: int) -> tuple[str, ...]:
    """Why no verdict can come of these answers, whatever is asked still; empty where one can."""
    if answers.fault is not None:
        return (answers.fault,)
    if answers.cut is not None:
        return (cut_short(answers, answers.asked.size - answers.queries),)
    if not answers.asked[0].all():
        return (_unanswered(answers, answers.asked.size),)
    found = usable_labels(answers, plan, fewest)
    if plan.label is not None and plan.label not in answers.labels:
        return (f"the target never showed label {plan.label!r} in its incomplete answers",)
    if not found.columns.size:
        return (
            f"too few probes are left: a label needs {fewest} that the model doesn't give that"
            f" label anyway, and {found.most} of {len(plan.probes)} remain",
        )
    return ()


def missing(
    answers: Answers, plan: Plan, fewest: int, marks: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which marked probes the test needs and does not have, shape (1 + decoys, probes).

    Args:
        marks: those that it looks at, 0 being the mark and i decoy i.
    """
    needed = np.zeros(answers.asked[1:].shape, np.bool_)
    needed[marks] = usable_labels(answers, plan, fewest).probes
    return np.asarray(needed & ~answers.asked[1:])


def cut_short(answers: Answers, missing_queries: int) -> str:
    """That asking ended too soon, in words."""
    return _unanswered(answers, answers.queries + missing_queries)


def gather(answers: Answers, plan: Plan, fewest: int, marks: NDArray[np.intp]) -> Evidence:
    """What the test looks at, from answers without `obstacles` of which none is `missing`.

    Args:
        marks: those that it looks at, the mark (0) first.
    """
    found = usable_labels(answers, plan, fewest)
    probes = np.flatnonzero(found.probes)
    # All labels go in: the rank of one depends on the others.
    scores = _scored(answers, plan.statistic, answers.marked[np.ix_(marks, probes)])
    return Evidence(
        tuple(answers.labels[column] for column in found.columns),
        marks,
        scores[:, :, found.columns],
        found.allowed[np.ix_(probes, found.columns)],
    )


def check_not_constant(answers: Answers) -> None:
    """Raise AnswerError where all answers are one and the same."""
    if answers.queries > 1 and _all_alike(answers):
        raise AnswerError(
            f"the target gave the same answer to all of {answers.queries} different pictures",
            hint="check how its scores are read and how pictures reach it; where it only ever shows"
            " its best label, take probes of several kinds",
        )


def _all_alike(answers: Answers) -> bool:
    first: Values | None = None
    for row, asked in enumerate(answers.asked):  # row by row: the tensor may lie in a file
        given = answers.values[row, asked]
        first = given[:1] if first is None and len(given) else first
        if first is not None and not ((given == first) | (np.isnan(given) & np.isnan(first))).all():
            return False
    return True


def _scored(answers: Answers, statistic: str, marked: Values) -> Values:
    score = get_statistic(statistic)
    if score is top_rank and answers.completeness is not Completeness.FULL:
        # K from the unmarked probes: else a later decoy could change what earlier ones scored.
        shown = int((~np.isnan(answers.clean)).sum(axis=1).max(initial=0))
        score = partial(top_rank, best=shown)
    return score(marked)


def _unanswered(answers: Answers, wanted: int) -> str:
    why = "" if answers.cut is None else f"; {answers.cut}"
    return f"asking was cut short: {answers.queries:,} of {wanted:,} queries were answered{why}"
