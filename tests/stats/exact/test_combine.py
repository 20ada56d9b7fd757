from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from isotopes.errors import AnswerError, PlanError
from isotopes.stats.exact import combine as combine_module
from isotopes.stats.exact.combine import CombinedResult, Dependence, combine_pvalues, pool_models
from isotopes.stats.exact.rank import rank_test

PVALUES = st.lists(st.floats(1e-6, 1), min_size=1, max_size=12)


@given(pvalues=PVALUES)
def test_against_the_definitions(pvalues: list[float]) -> None:
    ordered, count = np.sort(pvalues), len(pvalues)
    simes = (ordered * count / np.arange(1, count + 1)).min()
    harmonic = (1 / np.arange(1, count + 1)).sum()
    fisher = chi2.sf(-2 * np.log(pvalues).sum(), 2 * count)
    assert combine_pvalues(pvalues, Dependence.INDEPENDENT).pvalue == pytest.approx(fisher)
    assert combine_pvalues(pvalues, Dependence.SHARED_DECOYS).pvalue == pytest.approx(simes)
    assert combine_pvalues(pvalues, Dependence.ANY).pvalue == pytest.approx(
        min(1, harmonic * simes)
    )


@given(pvalues=PVALUES, level=st.floats(0.001, 0.5))
def test_step_up_by_hand(pvalues: list[float], level: float) -> None:
    count = len(pvalues)
    ordered = np.sort(pvalues)
    below = np.flatnonzero(ordered <= level * np.arange(1, count + 1) / count)
    bound = ordered[below[-1]] if below.size else 0.0
    found = combine_pvalues(pvalues, Dependence.SHARED_DECOYS, level=level)
    # At the bound itself only rounding decides.
    clear = np.abs(found.adjusted - level) > 1e-9
    np.testing.assert_array_equal(found.detected[clear], (np.array(pvalues) <= bound)[clear])


def rank_pvalues(rng: np.random.Generator, marks: int, decoys: int, *, shared: bool) -> np.ndarray:
    """Of marks that no model saw."""
    scores = rng.normal(size=marks)
    reference = rng.normal(size=(1 if shared else marks, decoys))
    return (1 + (reference >= scores[:, None]).sum(axis=1)) / (decoys + 1)


@pytest.mark.parametrize(
    ("dependence", "shared"),
    [(Dependence.INDEPENDENT, False), (Dependence.SHARED_DECOYS, True), (Dependence.ANY, True)],
)
def test_valid_for_marks_that_no_model_saw(dependence: Dependence, shared: bool) -> None:
    rng = np.random.default_rng(0)
    found = np.array(
        [
            combine_pvalues(rank_pvalues(rng, 5, 39, shared=shared), dependence).pvalue
            for _ in range(1500)
        ]
    )
    for level in (0.05, 0.1, 0.3):
        assert (found <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / len(found))


def test_fisher_is_wrong_with_shared_decoys() -> None:
    """Why the dependence has to be said."""
    rng = np.random.default_rng(1)
    found = [
        combine_pvalues(rank_pvalues(rng, 1000, 499, shared=True), Dependence.INDEPENDENT).pvalue
        for _ in range(300)
    ]
    assert (np.array(found) <= 0.05).mean() > 0.1


@pytest.mark.parametrize("dependence", [Dependence.SHARED_DECOYS, Dependence.ANY])
def test_false_discoveries_with_shared_decoys(dependence: Dependence) -> None:
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(600):
        scores = rng.normal(size=20)
        scores[:6] += 3.5
        decoys = rng.normal(size=99)
        pvalues = (1 + (decoys >= scores[:, None]).sum(axis=1)) / 100
        detected = combine_pvalues(pvalues, dependence, level=0.2).detected
        shares.append(detected[6:].sum() / max(1, detected.sum()))
    assert np.mean(shares) <= 0.2 + 3 * np.std(shares) / np.sqrt(len(shares))


def test_weak_findings_add_up_where_independent() -> None:
    pvalues = [0.04, 0.03, 0.05, 0.04]
    assert combine_pvalues(pvalues, Dependence.INDEPENDENT, level=0.01).significant
    assert not combine_pvalues(pvalues, Dependence.ANY, level=0.01).significant


def test_pooled_models_are_exact_however_alike_they_are() -> None:
    """Five copies of one model: p-values would count five times what is seen once."""
    rng = np.random.default_rng(3)
    shared = rng.normal(size=12).round(1)
    scores = shared + rng.normal(0, 0.3, size=(5, 12)).round(1)
    found = []
    for mark in range(12):
        pooled = pool_models(np.roll(scores, -mark, axis=1))
        found.append(rank_test(pooled[0], pooled[1:], level=0.9).pvalue)
    for least in range(1, 13):
        assert (np.array(found) <= least / 12).sum() <= least


@given(seed=st.integers(0, 999))
def test_pooling_does_not_see_the_order_of_the_marks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-3, 4, size=(3, 9)) / 7
    order = rng.permutation(9)
    np.testing.assert_array_equal(pool_models(scores[:, order]), pool_models(scores)[order])


def test_one_guilty_model_among_innocent_ones_shows() -> None:
    scores = np.random.default_rng(4).normal(size=(4, 200))
    scores[2, 0] += 15
    pooled = pool_models(scores)
    assert pooled.argmax() == 0


def test_a_model_that_says_nothing_has_no_say() -> None:
    scores = np.random.default_rng(5).normal(size=(1, 20))
    with_constant = np.concatenate([scores, np.full((1, 20), 0.1)])
    np.testing.assert_array_equal(pool_models(with_constant), pool_models(scores))


def test_result_survives_json() -> None:
    found = combine_pvalues([0.005, 0.2], Dependence.ANY)
    again = CombinedResult.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
    np.testing.assert_array_equal(again.detected, found.detected)


@pytest.mark.parametrize("pvalues", [[], [0.0, 0.5], [1.1], [float("nan")], [[0.1]]])
def test_pvalues_that_cannot_be(pvalues: list[float]) -> None:
    with pytest.raises(PlanError, match="each above 0 and at most 1"):
        combine_pvalues(pvalues, Dependence.ANY)


def test_pooled_scores_must_be_finite() -> None:
    with pytest.raises(AnswerError, match="finite"):
        pool_models([[0.0, np.nan]])


def test_doctests() -> None:
    assert doctest.testmod(combine_module).failed == 0


@pytest.mark.parametrize("level", [0, 1, 5, -0.1, float("nan"), float("inf")])
def test_levels_that_cannot_be(level: float) -> None:
    with pytest.raises(PlanError, match="the level must be above 0 and below 1"):
        combine_pvalues([0.5, 0.5], Dependence.ANY, level=level)
