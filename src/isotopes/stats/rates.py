"""Observed rates with exact intervals, and ROC curves.

They calibrate tests on models whose guilt is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import PlanError
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.result import Result


@dataclass(frozen=True)
class ObservedRate(Result):
    """How often something happened.

    Attributes:
        successes, trials: the counts.
        rate: successes / trials.
        low, high: exact (Clopper-Pearson) interval for the probability behind it.
        confidence: of that interval, at least.
    """

    kind: ClassVar[str] = "isotopes-rate/1"
    successes: int
    trials: int
    rate: float
    low: float
    high: float
    confidence: float

    def at_most(self, nominal: float) -> bool:
        """Do the counts agree with a probability of at most `nominal`?"""
        return self.low <= nominal


def observed_rate(successes: int, trials: int, *, confidence: float = CONFIDENCE) -> ObservedRate:
    """What do these counts say about the probability behind them?

    The trials must be independent. Tests that share a model are not: then count models, or also
    give the interval over models.

    Raises:
        PlanError: no trial, or impossible counts.

    Reference: Clopper & Pearson (1934).

    >>> rate = observed_rate(0, 100)
    >>> round(rate.high, 4)
    0.0362
    """
    from scipy.stats import binomtest

    if not 0 <= successes <= trials or trials == 0:
        raise PlanError(
            f"a rate needs at least 1 trial and 0 to {trials} successes, got {successes}"
        )
    found = binomtest(successes, trials).proportion_ci(confidence, method="exact")
    return ObservedRate(
        successes, trials, successes / trials, float(found.low), float(found.high), confidence
    )


@dataclass(frozen=True, eq=False)
class Roc(Result):
    """True against false positives over all thresholds (score >= threshold is positive).

    Attributes:
        thresholds: descending, shape (points,); every score that occurs is one.
        false_positives, true_positives: how many innocent and guilty scores reach each threshold,
            shape (points,).
        innocent, guilty: how many scores there are.
        area: probability that a guilty score lies above an innocent one, ties counted half.
    """

    kind: ClassVar[str] = "isotopes-roc/1"
    thresholds: NDArray[np.float64]
    false_positives: NDArray[np.int64]
    true_positives: NDArray[np.int64]
    innocent: int
    guilty: int
    area: float

    def power_at(
        self, false_positive_rate: float, *, confidence: float = CONFIDENCE
    ) -> ObservedRate:
        """True positives at the lowest threshold that keeps the *observed* false-positive rate.

        The threshold is chosen on these very scores, so this flatters the method a little, unlike
        a test whose level was fixed before.
        """
        within = self.false_positives <= false_positive_rate * self.innocent
        return observed_rate(
            int(self.true_positives[within].max(initial=0)), self.guilty, confidence=confidence
        )


def roc(innocent_scores: ArrayLike, guilty_scores: ArrayLike) -> Roc:
    """How well do these scores separate guilty from innocent, with the threshold chosen afterwards?

    Args:
        innocent_scores, guilty_scores: higher is guiltier (minus the p-value for a test), shapes
            (innocent,) and (guilty,).

    Raises:
        PlanError: one of them is empty, or a score is not a finite number.

    >>> roc([1, 2, 3], [3, 4, 5, 6]).power_at(0).rate
    0.75
    """
    innocent = np.sort(np.asarray(innocent_scores, dtype=np.float64))
    guilty = np.sort(np.asarray(guilty_scores, dtype=np.float64))
    if not innocent.size or not guilty.size:
        raise PlanError(
            f"a ROC curve needs scores of both kinds, got {innocent.size} innocent and"
            f" {guilty.size} guilty"
        )
    if not (np.isfinite(innocent).all() and np.isfinite(guilty).all()):
        raise PlanError("the scores of a ROC curve must be finite numbers, got NaN or infinity")
    thresholds = np.unique(np.append(innocent, guilty))[::-1]
    below = np.searchsorted(innocent, guilty, "left") + np.searchsorted(innocent, guilty, "right")
    return Roc(
        thresholds,
        innocent.size - np.searchsorted(innocent, thresholds),
        guilty.size - np.searchsorted(guilty, thresholds),
        innocent.size,
        guilty.size,
        float(below.sum() / (2 * innocent.size * guilty.size)),
    )
