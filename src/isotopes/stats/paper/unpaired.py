"""V for physical marks (section 6 of the paper): other pictures with other objects in them.

As published, to repeat its numbers. Like `paired_t` it samples pictures although the object varies,
so its false-positive rate is not known.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import TooFewProbes
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.result import Result

FEWEST = 2  # pictures that have a variance


@dataclass(frozen=True, eq=False)
class UnpairedTResult(Result):
    """What `unpaired_t` found.

    Attributes:
        detected: V's answer: enough rounds are significant.
        statistics, pvalues: Welch's t and p of each round, shape (rounds,).
        level: lambda.
        delta: the paper's delta.
        difference: mean score with the object less that with the other object, all pictures.
        low, high: Welch's 95 % interval for it; None if no picture differs from another.
    """

    kind: ClassVar[str] = "isotopes-unpaired/2"
    detected: bool
    statistics: NDArray[np.float64]
    pvalues: NDArray[np.float64]
    level: float
    delta: float
    difference: float
    low: float | None
    high: float | None

    @property
    def significant_rounds(self) -> int:
        """c of Algorithm 1."""
        return int((self.pvalues < self.level).sum())


def unpaired_t(
    marked: NDArray[np.float64],
    external: NDArray[np.float64],
    marked_samples: NDArray[np.int64],
    external_samples: NDArray[np.int64],
    *,
    level: float = 0.1,
    delta: float = 0.6,
) -> UnpairedTResult:
    """Does V of the paper say that pictures with this object were in the data?

    Null of each round: the label's mean score is the same on pictures with the object and on
    pictures with another one. Alternative: it is larger with the object. One-sided Welch test,
    since the pictures are not the same and neither are their variances.

    Args:
        marked: the label's score on pictures with the object, of people who are not the label,
            shape (pictures,).
        external: the same with *one* other object, shape (others,). The paper's V_T is the share of
            (object, other object) pairs that are detected.
        marked_samples, external_samples: which pictures each round takes, shapes (rounds, n) and
            (rounds, m).
        level: lambda; the paper's Table 4 takes 0.4, elsewhere it is 0.1.
        delta: the paper's delta, the fraction of rounds that must be significant.

    A round in which no score varies has no t-test: it counts if the object's is higher.

    Raises:
        TooFewProbes: fewer than 2 pictures a round.

    For an exact answer hand the mean of each object to `rank_test`: objects that were equally
    likely to be worn are exchangeable. Four of them can't get below p = 0.2, whatever the model
    learned; 19 can reach 0.05.
    Reference: the paper, section 6 and Table 4.
    """
    smallest = min(marked_samples.shape[1], external_samples.shape[1])
    if smallest < FEWEST:
        raise TooFewProbes(
            f"each round of unpaired-t takes at least {FEWEST} pictures of either object,"
            f" got {smallest}"
        )
    rounds = [
        _one_sided(marked[ours], external[theirs])
        for ours, theirs in zip(marked_samples, external_samples, strict=True)
    ]
    statistics, pvalues = np.array(rounds).T
    low, high = _interval(marked, external)
    return UnpairedTResult(
        # As in `paired_t`: delta * Q rounds suffice.
        int((pvalues < level).sum()) / len(rounds) >= delta,
        statistics,
        pvalues,
        level,
        delta,
        float(marked.mean() - external.mean()),
        low,
        high,
    )


def _one_sided(marked: NDArray[np.float64], external: NDArray[np.float64]) -> tuple[float, float]:
    from scipy.stats import ttest_ind

    if np.ptp(marked) == 0 and np.ptp(external) == 0:
        # No t either; only its sign is known.
        return float(np.sign(marked[0] - external[0])), 0.0 if marked[0] > external[0] else 1.0
    with warnings.catch_warnings():
        # scipy warns if the scores are all but equal; the p-value is 0 or 1 all the same.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = ttest_ind(marked, external, equal_var=False, alternative="greater")
    return float(found.statistic), float(found.pvalue)


def _interval(
    marked: NDArray[np.float64], external: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    from scipy.stats import ttest_ind

    if np.ptp(marked) == 0 and np.ptp(external) == 0:
        return None, None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = ttest_ind(marked, external, equal_var=False).confidence_interval(CONFIDENCE)
    return float(found.low), float(found.high)
