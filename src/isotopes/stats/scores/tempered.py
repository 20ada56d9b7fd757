"""Soft answers brought to one sharpness, so that a service's temperature hides nothing.

A service that divides its logits by a large temperature shows about the same probability for every
label. Log-odds of such answers find far fewer marks (docs/countermeasures.md). Raising the
probabilities to a power undoes it: that is a temperature below 1 (Guo et al. 2017, *On calibration
of modern neural networks*). The power comes from all draws alike, so exact tests stay exact.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isotopes.errors import PlanError
from isotopes.hints import choose
from isotopes.stats.scores.statistic import (
    EMBEDDINGS,
    STATISTICS,
    Values,
    are_independent,
    log_odds,
)

TEMPERED = "tempered-odds"
MOST = 100.0  # power; beyond it only rounding is left to be raised
TEST_STATISTICS = (*STATISTICS, TEMPERED)


def temper(answers: Values) -> Values:
    """The answers, sharpened if they are soft, all by the same power.

    q(l) is p(l) ** power, divided by its sum over labels. The power is the one at which the best
    label's q, averaged over pictures and draws, is (1 + 1 / labels) / 2: half way between a guess
    and certainty. Temperatures multiply, so the q of softened answers are those of the originals.

    Nothing is changed if the best labels have as much or more already; if labels are hidden,
    because what they share isn't known; or if each label has a probability of its own, whose
    log-odds a temperature only scales. A 0 stays 0.

    To reorder the draws reorders the result, to the last bit: which is what exact tests need.

    Args:
        answers: probabilities, shape (draws, pictures, labels); NaN for labels that aren't shown.

    Returns:
        The same shape.

    >>> temper(np.array([[[0.4, 0.3, 0.3]]])).round(3).tolist()
    [[[0.667, 0.167, 0.167]]]
    >>> temper(np.array([[[0.8, 0.1, 0.1]]])).tolist()
    [[[0.8, 0.1, 0.1]]]
    """
    labels = answers.shape[-1]
    hidden = not answers.size or bool(np.isnan(answers).any())
    if hidden or are_independent(answers.reshape(-1, labels)):
        return answers
    with np.errstate(divide="ignore"):
        below = np.log(answers / answers.max(axis=-1, keepdims=True))
    usual = (1 + 1 / labels) / 2

    def lacking(power: float) -> float:
        best = 1 / np.exp(power * below).sum(axis=-1)
        return float(usual - np.sort(best.mean(axis=1)).mean())

    if lacking(1.0) <= 0:
        return answers
    from scipy.optimize import brentq  # here: it takes long to import, and few checks need it

    power = MOST if lacking(MOST) >= 0 else float(brentq(lacking, 1.0, MOST, xtol=1e-9))
    raised = np.exp(power * below)
    sharpened: Values = raised / raised.sum(axis=-1, keepdims=True)
    return sharpened


def answer_statistic(name: str) -> Callable[[Values], Values]:
    """The statistic of each answer in a test of one isotope; tempered odds are of `temper`.

    Raises:
        PlanError: there is none of that name.
    """
    if name == TEMPERED:
        return log_odds
    if name not in STATISTICS:
        raise PlanError(f"no statistic is called {name!r}", hint=choose(name, TEST_STATISTICS))
    return STATISTICS[name]


def check_statistic(name: str) -> None:
    """Raise PlanError unless a check can compare this: a statistic of labels, or of embeddings."""
    if name != EMBEDDINGS:
        answer_statistic(name)
