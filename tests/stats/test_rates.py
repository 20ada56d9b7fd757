from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, mannwhitneyu

from isotopes.errors import PlanError
from isotopes.stats import rates
from isotopes.stats.rates import ObservedRate, Roc, observed_rate, roc

SCORES = st.lists(st.integers(-4, 4), min_size=1, max_size=30)


@given(trials=st.integers(1, 200), share=st.floats(0, 1))
def test_interval_ends_are_where_the_counts_become_too_unlikely(trials: int, share: float) -> None:
    """The definition of Clopper and Pearson, by the binomial's tails."""
    successes = round(share * trials)
    found = observed_rate(successes, trials)
    if successes > 0:
        assert binom.sf(successes - 1, trials, found.low) == pytest.approx(0.025, rel=1e-6)
    if successes < trials:
        assert binom.cdf(successes, trials, found.high) == pytest.approx(0.025, rel=1e-6)
    assert found.low <= found.rate <= found.high


@pytest.mark.parametrize("probability", [0.01, 0.1, 0.5])
def test_interval_covers_at_least_as_often_as_it_says(probability: float) -> None:
    trials = 60
    covered = [
        (found := observed_rate(k, trials, confidence=0.9)).low <= probability <= found.high
        for k in range(trials + 1)
    ]
    assert binom.pmf(np.arange(trials + 1), trials, probability) @ covered >= 0.9


def test_at_most_asks_whether_the_counts_agree() -> None:
    assert observed_rate(12, 1000).at_most(0.01)
    assert not observed_rate(30, 1000).at_most(0.01)


@given(innocent=SCORES, guilty=SCORES)
def test_roc_against_mann_whitney_and_counting(innocent: list[int], guilty: list[int]) -> None:
    found = roc(innocent, guilty)
    expected = mannwhitneyu(guilty, innocent).statistic / (len(innocent) * len(guilty))
    assert found.area == pytest.approx(expected)
    for at, threshold in enumerate(found.thresholds):
        assert found.false_positives[at] == sum(score >= threshold for score in innocent)
        assert found.true_positives[at] == sum(score >= threshold for score in guilty)


def test_power_at_keeps_the_observed_false_positive_rate() -> None:
    found = roc(np.arange(100), np.arange(50, 150))
    assert found.power_at(0.0).rate == 0.5
    assert found.power_at(0.1).rate == 0.6
    assert found.power_at(1.0).rate == 1.0


def test_power_at_is_0_where_an_innocent_scores_highest() -> None:
    assert roc([9, 1], [5, 6]).power_at(0.0).rate == 0.0


def test_results_survive_json() -> None:
    rate, curve = observed_rate(3, 9), roc([1, 2], [2, 3])
    assert ObservedRate.from_dict(rate.to_dict()) == rate
    assert Roc.from_dict(curve.to_dict()).power_at(0.0) == curve.power_at(0.0)


def test_counts_and_scores_that_cannot_be() -> None:
    with pytest.raises(PlanError, match="0 to 3 successes, got 4"):
        observed_rate(4, 3)
    with pytest.raises(PlanError, match="at least 1 trial"):
        observed_rate(0, 0)
    with pytest.raises(PlanError, match="got 0 innocent and 1 guilty"):
        roc([], [1.0])
    with pytest.raises(PlanError, match="finite numbers"):
        roc([np.nan], [1.0])


def test_doctests() -> None:
    assert doctest.testmod(rates).failed == 0
