from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isotopes.stats.effect import approximate, mark_effect


def test_interval_agrees_with_scipy() -> None:
    scores = np.random.default_rng(0).normal(size=(10, 12))
    effect = mark_effect(scores)
    differences = scores[0] - scores[1:].mean(axis=0)
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((expected.low, expected.high))
    assert effect.difference == pytest.approx(effect.mark - effect.decoys)


def test_one_probe_gives_no_interval() -> None:
    effect = mark_effect(np.array([[0.9], [0.1], [0.3]]))
    assert effect.difference == pytest.approx(0.7)
    assert effect.low is None
    assert effect.high is None


def test_approximation_is_a_new_draw_against_the_decoys() -> None:
    decoys = np.random.default_rng(1).normal(size=50)
    found = approximate(2.0, decoys)
    assert found is not None
    # The two-sample t-test with one observation on one side is the same statement.
    expected = stats.ttest_ind([2.0], decoys, alternative="greater").pvalue
    assert found.pvalue == pytest.approx(expected)
    searched = approximate(2.0, decoys, searched=10)
    assert searched is not None
    assert searched.pvalue == pytest.approx(min(1, 10 * expected))


def test_normality_is_checked() -> None:
    rng = np.random.default_rng(2)
    normal = approximate(5.0, 1e6 + rng.normal(size=100))
    skewed = approximate(5.0, rng.exponential(size=100) ** 3)
    assert normal is not None
    assert skewed is not None
    assert normal.normality is not None
    assert skewed.normality is not None
    assert normal.normality > 0.05
    assert skewed.normality < 1e-6
    few = approximate(5.0, np.arange(5.0))
    assert few is not None
    assert few.normality is None


@pytest.mark.parametrize("decoys", [[0.0, 1.0], [0.5] * 30])
def test_no_approximation_without_a_spread(decoys: list[float]) -> None:
    assert approximate(5.0, np.array(decoys)) is None
