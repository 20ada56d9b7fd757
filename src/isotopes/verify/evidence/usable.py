"""Which labels can be tested on which pictures, according to the answers to unmarked probes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.statistic import allowed_probes
from isotopes.verify.evidence.answers import CLEAN, MARK, Answers
from isotopes.verify.plans.plan import Plan


@dataclass(frozen=True, eq=False)
class Usable:
    """The labels under test that have enough pictures. It depends on no marked picture.

    Attributes:
        columns: of these labels, in the answers' order, shape (tested,).
        allowed: which pictures count for which label, bool, shape (pictures, labels), of all
            labels. Probes count for labels that neither the model nor their folder gives them; own
            pictures count for every label.
        most: the most pictures that any label under test has; 0 if none is shown.
        too_few: of the labels under test that have too few pictures, shape (untested,).
        own: which pictures are the person's own, bool, shape (pictures,).
    """

    columns: NDArray[np.intp]
    allowed: NDArray[np.bool_]
    most: int
    too_few: NDArray[np.intp]
    own: NDArray[np.bool_]

    @property
    def pictures(self) -> NDArray[np.bool_]:
        """The pictures that some tested label needs, shape (pictures,).

        Own pictures are needed before any label is known.
        """
        return np.asarray(self.allowed[:, self.columns].any(axis=1) | self.own)

    def unanswered(self, answers: Answers, marks: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which marked pictures are needed and not answered, shape (1 + decoys, pictures).

        Args:
            marks: those that the test looks at, 0 being the mark and i decoy i.
        """
        needed = np.zeros(answers.asked[MARK:].shape, np.bool_)
        needed[marks] = self.pictures
        return np.asarray(needed & ~answers.asked[MARK:])


def usable_labels(answers: Answers, plan: Plan, fewest: int) -> Usable:
    """The labels under test that have at least `fewest` pictures.

    Incomplete answers add labels over time, so ask this again after more answers.
    """
    if plan.embeds:
        return _all_numbers(answers, plan)
    allowed = _allowed(answers, plan)
    columns = np.flatnonzero(_under_test(answers, plan))
    counts = allowed.sum(axis=0)[columns]
    own = np.arange(len(plan.pictures)) >= plan.unmarked
    enough = counts >= fewest
    return Usable(columns[enough], allowed, int(counts.max(initial=0)), columns[~enough], own)


def _all_numbers(answers: Answers, plan: Plan) -> Usable:
    """Of an embedding every number counts, on every picture."""
    every = np.ones(answers.clean.shape, np.bool_)
    own = np.arange(len(plan.pictures)) >= plan.unmarked
    columns = np.arange(len(answers.labels))
    return Usable(columns, every, plan.distinct, np.empty(0, np.intp), own)


def _allowed(answers: Answers, plan: Plan) -> NDArray[np.bool_]:
    probes = plan.unmarked
    allowed = np.ones(answers.clean.shape, np.bool_)
    unmarked = allowed_probes(answers.clean[:probes], answers.labels, plan.probe_labels)
    allowed[:probes] = unmarked & answers.asked[CLEAN, :probes, None]
    return allowed


def _under_test(answers: Answers, plan: Plan) -> NDArray[np.bool_]:
    wanted = answers.labels if plan.label is None else (plan.label,)
    if plan.candidates is not None:
        wanted = plan.candidates
    return np.array([label in wanted for label in answers.labels], np.bool_)
