"""How much a mark moves one label; the p-value says whether chance would do the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.checked import Finite, Level, Probability

CONFIDENCE = 0.95
SHAPE_DECOYS = (8, 5000)  # the numbers of decoys that Shapiro-Wilk takes


@dataclass(frozen=True)
class Effect:
    """The mark's mean score against the decoys' mean, on the plan's statistic.

    Attributes:
        mark, decoys: mean scores over the probes; for the decoys over all of them.
        difference: mark - decoys.
        low, high: interval for the difference; None if fewer than two probes are left.
        confidence: of that interval.
    """

    mark: Finite
    decoys: Finite
    difference: Finite
    low: Finite | None
    high: Finite | None
    confidence: Level = CONFIDENCE


@dataclass(frozen=True)
class Approximation:
    """A small p-value that rests on an assumption. It is shown but never decides.

    Attributes:
        pvalue: chance that one more draw from a normal distribution with the decoys' mean and
            spread (t, decoys - 1 degrees of freedom) is as high as the mark, times the number of
            labels searched (Bonferroni).
        normality: p-value of the Shapiro-Wilk test on the decoys; a small one says that the
            assumption fails. None with too few decoys.
    """

    pvalue: Probability
    normality: Probability | None


def mark_effect(scores: NDArray[np.float64]) -> Effect:
    """How much higher does the mark score than the decoys, on pictures like these probes?

    Args:
        scores: one label's scores, shape (1 + decoys, probes), the mark first.

    The interval is Student's over probes, of the difference between the mark and the decoys' mean
    on the same probe. It says how well these probes pin down the effect *of this mark*; the
    p-value says whether an unused mark could do the same. If the label was found by search, this is
    the difference of the label where it is largest.
    """
    mark, decoys = scores[0], scores[1:].mean(axis=0)
    middle, low, high = student_interval(mark - decoys)
    return Effect(float(mark.mean()), float(decoys.mean()), middle, low, high)


def student_interval(
    differences: NDArray[np.float64],
) -> tuple[float, float | None, float | None]:
    """The mean of paired differences and Student's 95 % interval for it.

    Args:
        differences: shape (pictures,).

    Returns:
        Mean, low and high; no interval if there are fewer than 2 pictures.
    """
    from scipy.special import stdtrit  # the tenth of scipy.stats that is needed, without its import

    count = len(differences)
    middle = float(differences.mean())
    if count < 2:
        return middle, None, None
    spread = float(differences.std(ddof=1)) / math.sqrt(count)
    reach = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * spread
    return middle, middle - reach, middle + reach


def approximate(
    score: float, decoy_scores: NDArray[np.float64], searched: int = 1
) -> Approximation | None:
    """How small might the p-value be with unlimited decoys, if their scores were normal?

    Args:
        score: the mark's mean score for one label; log-odds, which come closest to normal.
        decoy_scores: the decoys', shape (decoys,).
        searched: how many labels this one was chosen from.

    Returns:
        None if the decoys are fewer than three or all alike.
    """
    from scipy.special import stdtr

    count = len(decoy_scores)
    if count < 3 or float(np.ptp(decoy_scores)) == 0:
        return None
    spread = float(decoy_scores.std(ddof=1)) * math.sqrt(1 + 1 / count)
    tail = float(stdtr(count - 1, (float(decoy_scores.mean()) - score) / spread))
    return Approximation(min(1.0, searched * tail), _normality(decoy_scores))


def _normality(decoy_scores: NDArray[np.float64]) -> float | None:
    from scipy.stats import shapiro

    fewest, most = SHAPE_DECOYS
    if len(decoy_scores) < fewest:
        return None
    # Centred and scaled: shapiro warns of a range that is small against the mean.
    centred = decoy_scores[:most] - decoy_scores[:most].mean()
    return float(shapiro(centred / np.abs(centred).max()).pvalue)
