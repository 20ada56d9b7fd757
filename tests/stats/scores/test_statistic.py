from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

from isotopes.errors import PlanError
from isotopes.stats.scores.statistic import (
    STATISTICS,
    allowed_probes,
    are_independent,
    get_statistic,
    log_odds,
    mean_scores,
    probability,
    top_rank,
)

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 6))
ANSWERS = SHAPES.flatmap(
    lambda s: hnp.arrays(np.float64, s, elements=st.floats(0, 1) | st.just(np.nan))
)
nan = np.nan


@pytest.mark.parametrize("name", STATISTICS)
@given(answers=ANSWERS)
def test_no_score_is_ever_nan(name: str, answers: np.ndarray) -> None:
    scores = get_statistic(name)(answers)
    assert scores.shape == answers.shape
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", STATISTICS)
@given(answers=ANSWERS)
def test_more_of_a_label_never_scores_lower(name: str, answers: np.ndarray) -> None:
    higher = answers.copy()
    higher[..., 0] = np.where(np.isnan(answers[..., 0]), nan, (answers[..., 0] + 1) / 2)
    score = get_statistic(name)
    assert (score(higher)[..., 0] >= score(answers)[..., 0]).all()


@given(answers=hnp.arrays(np.float64, 5, elements=st.floats(0.001, 0.999)))
def test_log_odds_agree_with_scipy(answers: np.ndarray) -> None:
    np.testing.assert_allclose(log_odds(answers), special.logit(answers), atol=1e-12)


def test_log_odds_are_clipped() -> None:
    assert log_odds(np.array([0.0, nan, 1.0])) == pytest.approx([-13.8155, -13.8155, 13.8155])


def test_hidden_labels_count_as_zero() -> None:
    assert probability(np.array([[0.7, nan]])).tolist() == [[0.7, 0.0]]


@given(answers=hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 8)), unique=True))
def test_ranks_agree_with_scipy(answers: np.ndarray) -> None:
    answers = np.nan_to_num(answers)
    np.testing.assert_array_equal(-top_rank(answers), stats.rankdata(-answers, "ordinal", axis=1))


def test_absent_labels_rank_k_plus_1() -> None:
    answers = np.array([[[0.5, nan, 0.3, nan], [nan, 0.9, nan, nan]]])
    assert top_rank(answers).tolist() == [[[-1, -3, -2, -3], [-3, -1, -3, -3]]]
    assert top_rank(np.full((2, 3), nan)).tolist() == [[-1] * 3] * 2


def test_unknown_statistic() -> None:
    with pytest.raises(PlanError, match="no statistic is called 'odds'") as caught:
        get_statistic("odds")
    hint = "did you mean log-odds? choose one of: probability, log-odds, top-rank"
    assert caught.value.hint == hint


def test_probes_of_the_label_itself_are_left_out() -> None:
    clean = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [nan, nan, nan], [0.1, 0.8, 0.1]])
    allowed = allowed_probes(clean, ("a", "b", "c"), [None, "a", "b", "zebra"])
    assert allowed.tolist() == [
        [False, True, True],  # the model says a
        [False, True, False],  # the model says c, the folder a
        [True, False, True],  # the model says nothing, the folder b
        [True, False, True],  # the model says b; no label is called zebra
    ]


def test_of_two_labels_only_folders_say_what_a_probe_shows() -> None:
    clean = np.array([[0.9, 0.1], [0.2, 0.8], [nan, nan], [0.6, 0.4]])
    allowed = allowed_probes(clean, ("a", "not a"), [None, None, None, "a"])
    assert allowed.tolist() == [[True, True], [True, True], [True, True], [False, True]]


def test_of_independent_labels_each_that_is_likely_is_left_out() -> None:
    both, neither, one, unseen = [0.9, 0.8, 0.1], [0.2, 0.1, 0.1], [0.1, 0.7, 0.1], [nan] * 3
    allowed = allowed_probes(np.array([both, neither, one, unseen]), ("a", "b", "c"), [None] * 4)
    assert allowed.tolist() == [
        [False, False, True],
        [True, True, True],  # nothing is likely, so nothing is left out
        [True, False, True],
        [True, True, True],
    ]
    shown = np.array([[0.9, 0.8, nan], [nan, nan, 0.3]])  # above a threshold, say
    assert allowed_probes(shown, ("a", "b", "c"), [None] * 2).tolist() == [
        [False, False, True],
        [True, True, True],
    ]
    two = np.array([[0.9, 0.8], [0.2, 0.7]])  # not a label and its opposite
    assert allowed_probes(two, ("a", "b"), [None] * 2).tolist() == [[False, False], [True, False]]


def test_a_softmax_is_not_taken_for_independent_labels() -> None:
    logits = np.random.default_rng(3).normal(0, 3, (200, 20))
    answers = special.softmax(logits, axis=1)
    for decimals in (1, 2, 7):
        assert not are_independent(np.round(answers, decimals)), decimals
    assert not are_independent(np.where(answers > 0.2, answers, nan))
    assert are_independent(special.expit(logits))
    assert are_independent(special.expit(logits - 9))  # a probe shows none of the labels


def test_two_labels_seen_so_far_are_not_two_labels_in_all() -> None:
    clean = np.array([[0.9, nan], [nan, 0.8]])
    assert allowed_probes(clean, ("a", "b"), [None, None]).tolist() == [
        [False, True],
        [True, False],
    ]


@given(
    scores=hnp.arrays(np.float64, (3, 4, 2), elements=st.floats(-10, 10)),
    allowed=hnp.arrays(np.bool_, (4, 2)),
)
def test_means_are_over_the_allowed_probes(scores: np.ndarray, allowed: np.ndarray) -> None:
    means = mean_scores(scores, allowed)
    for label in range(2):
        mine = scores[:, allowed[:, label], label]
        if mine.shape[1] == 0:
            assert np.isnan(means[:, label]).all()
        else:
            np.testing.assert_allclose(means[:, label], mine.mean(axis=1), atol=1e-12)


@given(row=hnp.arrays(np.float64, (7, 5), elements=st.floats(0, 1)), count=st.integers(2, 40))
def test_equal_marks_tie_exactly(row: np.ndarray, count: int) -> None:
    means = mean_scores(np.stack([row] * count), np.ones((7, 5), np.bool_))
    assert (means == means[0]).all()
