"""Interim scores of mark and decoys while a model is asked: for display only.

Every draw is treated alike, so this shows what the test will see, but with fewer answers
and without the test's choice of pictures. Stopping because of it would invalidate the p-value: only
the test decides when to stop.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.tempered import answer_statistic
from isotopes.verify.evidence.answers import CLEAN, MARK, Answers
from isotopes.verify.plans.plan import Plan


@dataclass(frozen=True)
class InterimScores:
    """How far each draw lifts the tested label, or any label if all are searched.

    Attributes:
        mark: the mark's rise above the same pictures without a mark or, if they aren't asked
            unmarked, above their mean over all draws so far; None while it has no answer.
        decoys: the same of all decoys that have answers.
    """

    mark: float | None
    decoys: tuple[float, ...]

    @property
    def higher(self) -> int:
        """How many decoys score at least as high as the mark."""
        return 0 if self.mark is None else sum(one >= self.mark for one in self.decoys)


def interim_scores(plan: Plan, answers: Answers) -> InterimScores:
    """Interim scores from the answers so far.

    Args:
        answers: of this plan, as many as there are. Of embeddings nothing is shown: they have no
            labels that rise.
    """
    if plan.embeds or not answers.labels or not answers.asked[MARK:].any():
        return InterimScores(None, ())
    columns = slice(None)
    if plan.label in answers.labels:
        at = answers.labels.index(plan.label)
        columns = slice(at, at + 1)
    asked = answers.asked[MARK:].any(axis=1)
    rows = np.flatnonzero(asked) + MARK
    statistic = answer_statistic(plan.statistic)
    usual = _usual(statistic(answers.values)[:, :, columns], answers)
    rises = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # labels without any answer are NaN
        for row in rows:
            seen = answers.asked[row]
            scores = statistic(answers.values[row])[:, columns]
            rise = (scores[seen] - usual[seen]).mean(axis=0)
            rises.append(float(np.nanmax(rise, initial=-np.inf)))
    found = dict(zip((rows - MARK).tolist(), rises, strict=True))
    finite = {row: rise for row, rise in found.items() if np.isfinite(rise)}
    return InterimScores(finite.get(0), tuple(rise for row, rise in finite.items() if row))


def _usual(scores: NDArray[np.float64], answers: Answers) -> NDArray[np.float64]:
    """What each picture scores without the mark, shape (pictures, labels)."""
    counted = answers.asked[MARK:, :, None]
    counts = np.maximum(counted.sum(axis=0), 1)
    over_draws = scores[MARK:].sum(axis=0, where=counted) / counts
    usual: NDArray[np.float64] = np.where(answers.asked[CLEAN][:, None], scores[CLEAN], over_draws)
    return usual
