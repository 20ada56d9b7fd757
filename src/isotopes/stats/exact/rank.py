"""The exact test: the mark's rank among decoys that were drawn with it.

Reference: Phipson & Smyth (2010), "Permutation p-values should never be zero"; for the largest of
several standardised scores Westfall & Young (1993), "Resampling-based multiple testing".
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError, PlanError, TooFewDecoys
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.result import Result
from isotopes.stats.scores.parts import standardise_columns


class ConfidenceInterval(NamedTuple):
    """From `low` to `high`; infinite if the decoys are too few to bound it."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class RankTestResult(Result):
    """What `rank_test` found.

    Attributes:
        statistic: the mark's score.
        pvalue: exact, in [1 / (decoys + 1), 1].
        level: the level of the test.
        null_distribution: the decoys' scores, shape (decoys,).
    """

    kind: ClassVar[str] = "isotopes-rank/1"
    statistic: float
    pvalue: float
    level: float
    null_distribution: NDArray[np.float64]

    @property
    def significant(self) -> bool:
        return self.pvalue <= self.level

    @property
    def as_high(self) -> int:
        """How many decoys score at least as high as the mark."""
        return int((self.null_distribution >= self.statistic).sum())

    def confidence_interval(self, confidence: float = CONFIDENCE) -> ConfidenceInterval:
        """How much higher does the mark score than it would if the model had not seen it?

        The rank test inverted: all shifts that, subtracted from the mark's score, leave it neither
        among the highest nor among the lowest of the decoys. Like the test it needs only
        exchangeability, and at least 2 / (1 - confidence) - 1 decoys: 39 for 95 %.

        Raises:
            PlanError: a confidence that is not above 0 and below 1.
        """
        if not 0 < confidence < 1:
            raise PlanError(f"the confidence must be above 0 and below 1, got {confidence:g}")
        ordered = np.sort(self.null_distribution)
        # Rounded first: 0.025 * 40 is a hair above 1 or below.
        outer = math.floor(round((1 - confidence) / 2 * (len(ordered) + 1), 9))
        if outer == 0:
            return ConfidenceInterval(-math.inf, math.inf)
        return ConfidenceInterval(
            float(self.statistic - ordered[len(ordered) - outer]),
            float(self.statistic - ordered[outer - 1]),
        )


@dataclass(frozen=True, eq=False)
class LabelSearchResult(RankTestResult):
    """What `rank_test_over_labels` found; the scores are the largest standardised ones.

    Attributes:
        label: column of the label that the mark lifts most; None if no label's score varies.
    """

    kind: ClassVar[str] = "isotopes-rank-over-labels/1"
    label: int | None


def rank_test(score: float, decoy_scores: ArrayLike, *, level: float = 0.05) -> RankTestResult:
    """Does the real mark score higher than decoys drawn with it?

    Null: the model saw neither, so real and decoy scores are exchangeable.
    pvalue = (1 + #{decoy >= real}) / (decoys + 1). Ties make it conservative; it is never 0, and
    its least value is 1 / (decoys + 1).

    Args:
        score: mean score over the probes; any statistic, but the same one as for the decoys.
        decoy_scores: the same for each decoy, shape (decoys,), all from the commitment that holds
            the mark.
        level: the most that the chance of accusing an innocent model may be.

    Raises:
        TooFewDecoys: no outcome could reach `level`.
        AnswerError: a score that is not a finite number.

    Deviation: the paper's Algorithm 1 is a paired t-test against one external mark (`paired_t`).
    Reference: Phipson & Smyth (2010).

    >>> rank_test(0.31, np.linspace(-0.05, 0.05, 99)).pvalue
    0.01
    """
    decoys = np.asarray(decoy_scores, dtype=np.float64)
    check_decoys(len(decoys), level)
    if not (np.isfinite(score) and np.isfinite(decoys).all()):
        raise AnswerError("the scores of a rank test must be finite numbers, got NaN or infinity")
    return RankTestResult(float(score), _pvalue(score, decoys), level, decoys)


def rank_test_over_labels(scores: ArrayLike, *, level: float = 0.05) -> LabelSearchResult:
    """Does the mark lift any label further than decoys drawn with it lift any?

    Each label's scores are standardised by the mean and the standard deviation over all marks,
    the true one included; each mark gets its largest over the labels; then `rank_test`.

    Null: the model saw none of the marks, so the rows of `scores` are exchangeable. Standardising
    treats the rows alike, so the largest scores are exchangeable too, and the p-value is exact
    however the labels depend on one another. No correction is needed.

    Args:
        scores: mean scores, shape (1 + decoys, labels), the true mark first. A label whose scores
            are the same for all marks is ignored.

    Raises:
        TooFewDecoys, AnswerError: as `rank_test`.

    >>> rank_test_over_labels([[0, 9, 0], *np.eye(99, 3)]).label
    1
    """
    rows = np.asarray(scores, dtype=np.float64)
    check_decoys(len(rows) - 1, level)
    if not np.isfinite(rows).all():
        raise AnswerError("the scores of a rank test must be finite numbers, got NaN or infinity")
    varying = np.flatnonzero(np.ptp(rows, axis=0) > 0)
    if not varying.size:
        return LabelSearchResult(0.0, 1.0, level, np.zeros(len(rows) - 1), None)
    standardised = standardise_columns(rows[:, varying])
    best = standardised.max(axis=1)
    label = int(varying[standardised[0].argmax()])
    return LabelSearchResult(float(best[0]), _pvalue(best[0], best[1:]), level, best[1:], label)


def decoys_needed(level: float) -> int:
    """The fewest decoys with which a p-value can be as small as `level`."""
    needed = math.ceil(min(1 / level, sys.maxsize)) - 1  # 1 / level may be infinite
    # 1 / level may have been rounded either way.
    return needed + (1 / (needed + 1) > level)


def check_decoys(decoys: int, level: float) -> None:
    """Raise TooFewDecoys if no outcome could reach `level`."""
    needed = decoys_needed(level)
    if decoys < needed:
        raise TooFewDecoys(
            f"rank test at level {level:g} needs at least {needed} decoys, got {decoys}",
            hint=f"with {decoys} decoys the best reachable level is {1 / (decoys + 1):.3g}",
        )


def _pvalue(score: float, decoys: NDArray[np.float64]) -> float:
    return (1 + int((decoys >= score).sum())) / (len(decoys) + 1)
