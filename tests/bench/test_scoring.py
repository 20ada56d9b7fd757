from __future__ import annotations

import numpy as np
import pytest
from bench.calibration.scoring import SCORINGS, get_scoring, score_together
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import rankdata, ttest_1samp

from isotopes.errors import PlanError, TooFewProbes
from isotopes.stats.exact.rank import rank_test_over_labels
from isotopes.stats.scores.statistic import log_odds, probability

EVERY = pytest.mark.parametrize("name", SCORINGS)
SHAPES = st.tuples(st.integers(3, 9), st.integers(3, 6), st.integers(1, 4))
TENSORS = hnp.arrays(np.float64, SHAPES, elements=st.integers(-2, 2).map(float) | st.floats(-9, 9))


def everywhere(scores: np.ndarray) -> np.ndarray:
    return np.ones(scores.shape[1:], np.bool_)


@EVERY
@settings(deadline=None, max_examples=50)
@given(scores=TENSORS, seed=st.integers(0, 99), twin=st.booleans())
def test_the_order_of_the_marks_has_no_say_to_the_last_bit(
    name: str, scores: np.ndarray, seed: int, twin: bool
) -> None:
    if twin:
        scores[-1] = scores[0]
    allowed = everywhere(scores)
    order = np.random.default_rng(seed).permutation(len(scores))
    found = score_together(name, scores, allowed)
    np.testing.assert_array_equal(score_together(name, scores[order], allowed), found[order])
    if twin:
        np.testing.assert_array_equal(found[-1], found[0])


@EVERY
def test_label_search_stays_exact(name: str) -> None:
    """Over each choice of the true mark, p <= k / marks holds for at most k of them."""
    scores = np.random.default_rng(0).normal(size=(12, 6, 5)).round(1)
    found = []
    for mark in range(12):
        rows = np.roll(scores, -mark, axis=0)
        together = score_together(name, rows, everywhere(rows))
        found.append(rank_test_over_labels(together, level=0.9).pvalue)
    for least in range(1, 13):
        assert (np.array(found) <= least / 12).sum() <= least


@EVERY
def test_finds_a_mark_that_lifts_one_label(name: str) -> None:
    scores = np.random.default_rng(1).normal(size=(60, 20, 10))
    scores[0, :, 3] += 1.5
    found = score_together(name, scores, everywhere(scores))
    assert found[:, 3].argmax() == 0
    assert found.shape == (60, 10)


@EVERY
def test_probes_that_are_not_allowed_have_no_say(name: str) -> None:
    scores = np.random.default_rng(2).normal(size=(9, 8, 3))
    allowed = np.random.default_rng(3).random((8, 3)) < 0.7
    changed = np.where(allowed, scores, 100.0)
    np.testing.assert_allclose(
        score_together(name, changed, allowed), score_together(name, scores, allowed)
    )


def test_studentised_against_ttest() -> None:
    scores = np.random.default_rng(4).normal(size=(7, 12, 2))
    gains = scores - scores.mean(axis=0)
    expected = ttest_1samp(gains, 0, axis=1).statistic
    np.testing.assert_allclose(score_together("studentised", scores, everywhere(scores)), expected)


def test_studentised_is_finite_where_no_probe_differs() -> None:
    scores = np.zeros((4, 3, 1))
    scores[0] = 1
    assert np.isfinite(score_together("studentised", scores, everywhere(scores))).all()


def test_probe_ranks_against_friedmans_rank_sums() -> None:
    scores = np.random.default_rng(5).integers(0, 4, size=(9, 6, 2)).astype(float)
    expected = (rankdata(scores, axis=0).mean(axis=1) - 0.5) / 9
    np.testing.assert_allclose(score_together("probe-ranks", scores, everywhere(scores)), expected)


def test_probe_ranks_do_not_see_the_scale() -> None:
    answers = np.random.default_rng(6).dirichlet(np.ones(4), size=(9, 6))
    one, other = (
        score_together("probe-ranks", scale(answers), everywhere(answers))
        for scale in (probability, log_odds)
    )
    np.testing.assert_array_equal(one, other)


def test_adjusted_against_ridge_regression_label_by_label() -> None:
    scores = np.random.default_rng(7).normal(size=(30, 5, 4))
    scores += np.random.default_rng(8).normal(size=(30, 1, 1))  # what moves all labels of a mark
    means = scores.mean(axis=1)
    standardised = (means - means.mean(axis=0)) / means.std(axis=0)
    found = score_together("adjusted", scores, everywhere(scores))
    for label in range(4):
        others = np.delete(standardised, label, axis=1)
        penalised = others.T @ others + 30 * np.eye(3)
        fitted = others @ np.linalg.solve(penalised, others.T @ standardised[:, label])
        np.testing.assert_allclose(found[:, label], standardised[:, label] - fitted)


def test_adjusted_sees_through_what_moves_all_labels_together() -> None:
    rng = np.random.default_rng(9)
    scores = rng.normal(size=(100, 10, 8)) + 3 * rng.normal(size=(100, 1, 1))
    scores[0] = rng.normal(size=(10, 8))
    scores[0, :, 2] += 1.5
    place = {
        name: (score_together(name, scores, everywhere(scores))[:, 2].argsort()[::-1] == 0).argmax()
        for name in ("mean", "adjusted")
    }
    assert place["adjusted"] == 0
    assert place["mean"] > 5


@EVERY
def test_a_separate_reference_scores_marks_one_by_one(name: str) -> None:
    """As a sequential test needs it."""
    rng = np.random.default_rng(10)
    reference, scores = rng.normal(size=(20, 6, 3)), rng.normal(size=(4, 6, 3))
    score = get_scoring(name)(reference, everywhere(scores))
    one_by_one = np.concatenate([score(mark[None]) for mark in scores])
    np.testing.assert_allclose(score(scores), one_by_one)


def test_what_cannot_be_scored() -> None:
    with pytest.raises(PlanError, match="no scoring is called 'median'") as raised:
        get_scoring("median")
    assert "adjusted" in str(raised.value.hint)
    with pytest.raises(TooFewProbes, match="at least 2 probes, got 1"):
        score_together("mean", np.zeros((3, 2, 1)), np.array([[True], [False]]))
