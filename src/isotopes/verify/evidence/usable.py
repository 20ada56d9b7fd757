"""Which labels can be tested on which pictures, as the answers to the unmarked ones say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.naming import name_labels
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
        most: the most pictures that any label under test has; 0 where none is shown.
        named: the labels that own pictures name, bool, shape (labels,); None where they don't.
        clear: they name it clearly, so that no other label is tested. Else each draw is tested for
            the labels that own pictures with *that draw* are given, too.
    """

    columns: NDArray[np.intp]
    allowed: NDArray[np.bool_]
    most: int
    named: NDArray[np.bool_] | None = None
    clear: bool = True

    @property
    def pictures(self) -> NDArray[np.bool_]:
        """The pictures that some tested label needs, shape (pictures,)."""
        return np.asarray(self.allowed[:, self.columns].any(axis=1))

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

    Incomplete answers bring labels as they come, so this is worth asking again after more of them.
    """
    allowed = _allowed(answers, plan)
    named, clear = _named(answers, plan)
    columns = np.flatnonzero(_under_test(answers, plan, named if clear else None))
    counts = allowed.sum(axis=0)[columns]
    most = int(counts.max(initial=0))
    return Usable(columns[counts >= fewest], allowed, most, named, clear)


def _allowed(answers: Answers, plan: Plan) -> NDArray[np.bool_]:
    probes = len(plan.probes)
    allowed = np.zeros(answers.clean.shape, np.bool_)
    allowed[:probes] = allowed_probes(answers.clean[:probes], answers.labels, plan.probe_labels)
    allowed[probes : plan.with_marks] = True
    return np.asarray(allowed & answers.asked[CLEAN][:, None])


def _named(answers: Answers, plan: Plan) -> tuple[NDArray[np.bool_] | None, bool]:
    """The labels that the model gives to the unmarked own pictures, and whether clearly."""
    if not plan.label_from_own or not answers.labels:
        return None, True
    named, clear = name_labels(answers.clean[len(plan.probes) :])
    return named, bool(clear)


def _under_test(answers: Answers, plan: Plan, named: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    if named is not None:
        return named
    wanted = answers.labels if plan.label is None else (plan.label,)
    if plan.candidates is not None:
        wanted = plan.candidates
    return np.array([label in wanted for label in answers.labels], np.bool_)
