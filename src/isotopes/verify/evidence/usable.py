"""Which labels can be tested on which probes, as the answers to the unmarked probes say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.statistic import allowed_probes
from isotopes.verify.evidence.answers import CLEAN, MARK, Answers
from isotopes.verify.plans.plan import Plan


@dataclass(frozen=True, eq=False)
class Usable:
    """The labels under test that have enough probes. It depends on no marked picture.

    Attributes:
        columns: of these labels, in the answers' order, shape (tested,).
        allowed: which probes count for which label, bool, shape (probes, labels), of all labels.
        most: the most probes that any label under test has; 0 where none is shown.
    """

    columns: NDArray[np.intp]
    allowed: NDArray[np.bool_]
    most: int

    @property
    def probes(self) -> NDArray[np.bool_]:
        """The probes that some tested label needs, shape (probes,)."""
        return np.asarray(self.allowed[:, self.columns].any(axis=1))

    def unanswered(self, answers: Answers, marks: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which marked probes are needed and not answered, shape (1 + decoys, probes).

        Args:
            marks: those that the test looks at, 0 being the mark and i decoy i.
        """
        needed = np.zeros(answers.asked[MARK:].shape, np.bool_)
        needed[marks] = self.probes
        return np.asarray(needed & ~answers.asked[MARK:])


def usable_labels(answers: Answers, plan: Plan, fewest: int) -> Usable:
    """The labels under test that have at least `fewest` probes.

    Incomplete answers bring labels as they come, so this is worth asking again after more of them.
    """
    allowed = allowed_probes(answers.clean, answers.labels, plan.probe_labels)
    allowed &= answers.asked[CLEAN][:, None]
    wanted = answers.labels if plan.label is None else (plan.label,)
    if plan.candidates is not None:
        wanted = plan.candidates
    columns = np.flatnonzero([label in wanted for label in answers.labels])
    counts = allowed.sum(axis=0)[columns]
    return Usable(columns[counts >= fewest], allowed, int(counts.max(initial=0)))
