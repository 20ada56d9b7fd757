from __future__ import annotations

import doctest
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from isotopes.errors import AnswerError, PlanError, TooFewDecoys
from isotopes.stats.exact import rank as rank_module
from isotopes.stats.exact.rank import (
    LabelSearchResult,
    RankTestResult,
    decoys_needed,
    rank_test,
    rank_test_over_labels,
)

FINITE = st.floats(-1e6, 1e6, width=32)
COARSE = st.integers(-3, 3).map(float)  # many ties
LEVEL = 0.999  # tests of p-values below need no decoys


def rotated(scores: np.ndarray) -> list[np.ndarray]:
    """All arrays in which another row plays the true mark."""
    return [np.concatenate([scores[[i]], np.delete(scores, i, axis=0)]) for i in range(len(scores))]


def pvalues(scores: np.ndarray) -> np.ndarray:
    return np.array([rank_test(s[0], s[1:], level=LEVEL).pvalue for s in rotated(scores)])


def search_pvalues(scores: np.ndarray) -> np.ndarray:
    return np.array([rank_test_over_labels(s, level=LEVEL).pvalue for s in rotated(scores)])


@given(scores=hnp.arrays(np.float64, st.integers(2, 30), elements=FINITE, unique=True))
def test_uniform_under_exchangeability(scores: np.ndarray) -> None:
    count = len(scores)
    np.testing.assert_allclose(np.sort(pvalues(scores)), np.arange(1, count + 1) / count)


@given(scores=hnp.arrays(np.float64, st.integers(2, 30), elements=COARSE))
def test_ties_are_conservative_and_p_is_never_zero(scores: np.ndarray) -> None:
    count = len(scores)
    found = pvalues(scores)
    assert found.min() >= 1 / count
    for least in range(1, count + 1):
        assert (found <= least / count).sum() <= least


@settings(deadline=None)
@given(
    scores=hnp.arrays(
        np.float64,
        st.tuples(st.integers(2, 12), st.integers(1, 6)),
        elements=FINITE | COARSE,
    )
)
def test_label_search_is_valid_over_every_choice_of_the_true_mark(scores: np.ndarray) -> None:
    count = len(scores)
    found = search_pvalues(scores)
    for least in range(1, count + 1):
        assert (found <= least / count).sum() <= least


@settings(deadline=None)
@given(
    scores=hnp.arrays(
        np.float64,
        st.tuples(st.integers(3, 12), st.integers(1, 6)),
        elements=st.floats(-100, 100),
    ),
    seed=st.integers(0, 1000),
)
def test_label_search_does_not_see_the_order_of_the_decoys(scores: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(np.arange(1, len(scores)))
    one = rank_test_over_labels(scores, level=LEVEL)
    other = rank_test_over_labels(scores[[0, *order]], level=LEVEL)
    assert (one.statistic, one.pvalue, one.label) == (other.statistic, other.pvalue, other.label)


def test_label_search_holds_its_level_with_correlated_labels() -> None:
    rng = np.random.default_rng(3)
    mixing = rng.normal(size=(8, 8)) * [3, 3, 3, 1, 1, 0.1, 0.1, 0.01]
    trials, level = 4000, 0.05
    false_alarms = 0
    for _ in range(trials):
        scores = rng.standard_t(3, (20, 8)) @ mixing  # heavy tails, softmax-like dependence
        scores -= scores.mean(axis=1, keepdims=True)
        false_alarms += rank_test_over_labels(scores, level=level).significant
    low, high = stats.binom.interval(0.999, trials, level)
    assert low <= false_alarms <= high


def test_search_over_one_label_is_the_rank_test() -> None:
    scores = np.random.default_rng(0).normal(size=(40, 1))
    for rotation in rotated(scores):
        named = rank_test(rotation[0, 0], rotation[1:, 0])
        searched = rank_test_over_labels(rotation)
        assert (searched.pvalue, searched.label) == (named.pvalue, 0)


def test_search_finds_the_lifted_label_whatever_its_scale() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(100, 5)) * [1000, 1, 1e-3, 1e-9, 1]
    scores[0, 3] += 10e-9
    result = rank_test_over_labels(scores)
    assert result.label == 3
    assert result.pvalue == 0.01


def test_labels_that_do_not_vary_have_no_say() -> None:
    rng = np.random.default_rng(2)
    scores = np.column_stack([np.full(50, 0.7), rng.normal(size=50), np.zeros(50)])
    result = rank_test_over_labels(scores)
    assert result.label == 1
    assert result.pvalue == rank_test(scores[0, 1], scores[1:, 1]).pvalue
    nothing = rank_test_over_labels(np.ones((50, 3)))
    assert nothing.label is None
    assert nothing.pvalue == 1


def test_differences_too_small_to_be_squared_count() -> None:
    scores = np.array([[3e-200], *[[i * 1e-201] for i in range(20)]])
    assert rank_test_over_labels(scores).pvalue == pytest.approx(1 / 21)


@pytest.mark.parametrize(
    ("level", "needed"), [(0.05, 19), (0.01, 99), (0.001, 999), (0.3, 3), (0.5, 1), (0.003, 333)]
)
def test_fewest_decoys_for_a_level(level: float, needed: int) -> None:
    assert decoys_needed(level) == needed
    assert rank_test(1.0, np.zeros(needed), level=level).significant
    if needed > 1:
        with pytest.raises(TooFewDecoys, match=f"needs at least {needed} decoys, got {needed - 1}"):
            rank_test(1.0, np.zeros(needed - 1), level=level)


def test_too_few_decoys_names_the_best_level() -> None:
    with pytest.raises(
        TooFewDecoys, match=r"^rank test at level 0\.05 needs at least 19 decoys, got 9$"
    ) as caught:
        rank_test(0.3, np.zeros(9))
    assert caught.value.hint == "with 9 decoys the best reachable level is 0.1"
    with pytest.raises(TooFewDecoys, match="needs at least 99 decoys, got 0"):
        rank_test_over_labels(np.zeros((1, 3)), level=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_must_be_numbers(bad: float) -> None:
    decoys = np.zeros(19)
    with pytest.raises(AnswerError, match="must be finite numbers"):
        rank_test(bad, decoys)
    decoys[3] = bad
    with pytest.raises(AnswerError, match="must be finite numbers"):
        rank_test(0.1, decoys)
    with pytest.raises(AnswerError, match="must be finite numbers"):
        rank_test_over_labels(np.column_stack([np.zeros(20), [0.1, *decoys]]))


def test_docstring_examples() -> None:
    assert doctest.testmod(rank_module, extraglobs={"np": np}).failed == 0


@pytest.mark.parametrize(("decoys", "confidence"), [(39, 0.95), (99, 0.9), (39, 0.5)])
def test_the_interval_holds_the_shift_as_often_as_it_says(decoys: int, confidence: float) -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(3000):
        scores = rng.exponential(size=1 + decoys)
        shift = rng.normal(0, 3)
        found = rank_test(scores[0] + shift, scores[1:], level=LEVEL)
        low, high = found.confidence_interval(confidence)
        held.append(low <= shift <= high)
    assert np.mean(held) == pytest.approx(confidence, abs=0.02)


def test_the_interval_agrees_with_the_test() -> None:
    found = rank_test(10.0, np.arange(99.0), level=0.5)
    assert found.confidence_interval(0.9) == (10.0 - 94.0, 10.0 - 4.0)
    few = rank_test(1.0, np.zeros(38), level=0.5)
    assert few.confidence_interval() == (-np.inf, np.inf)
    with pytest.raises(PlanError, match="confidence must be above 0 and below 1, got 1"):
        few.confidence_interval(1)


def test_results_survive_json() -> None:
    found = rank_test(3.0, np.arange(19.0))
    assert RankTestResult.from_dict(json.loads(json.dumps(found.to_dict()))).to_dict() == (
        found.to_dict()
    )
    search = rank_test_over_labels([[0, 9, 0], *np.eye(19, 3)])
    again = LabelSearchResult.from_dict(json.loads(json.dumps(search.to_dict())))
    assert (again.label, again.to_dict()) == (1, search.to_dict())
