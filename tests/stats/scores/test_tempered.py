"""The laws of tempered answers: no temperature matters, and all draws are alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.stats.scores.statistic import log_odds
from isotopes.stats.scores.tempered import MOST, answer_statistic, temper

Rows = NDArray[np.float64]


def random_answers(seed: int, labels: int, spread: float = 2.0) -> Rows:
    """Of 12 draws on 3 pictures."""
    logits = np.random.default_rng(seed).normal(size=(12, 3, labels)) * spread
    return softened(np.exp(logits), 1)


def softened(answers: Rows, temperature: float) -> Rows:
    raised = answers ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(
    seed=SEEDS,
    labels=st.integers(2, 30),
    first=st.floats(5, 40),
    second=st.floats(5, 40),
    shift=st.floats(-50, 50),
)
def test_no_temperature_and_no_constant_on_the_logits_matters(
    seed: int, labels: int, first: float, second: float, shift: float
) -> None:
    logits = np.log(random_answers(seed, labels))
    one = temper(softened(np.exp(logits), first))
    another = temper(softened(np.exp(logits + shift), second))
    np.testing.assert_allclose(one, another, atol=1e-7)
    np.testing.assert_allclose(one.sum(axis=-1), 1)
    assert one.max(axis=-1).mean() == pytest.approx((1 + 1 / labels) / 2)
    np.testing.assert_allclose(temper(one), one, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, labels=st.integers(1, 30), decimals=st.sampled_from([None, 1, 2]))
def test_to_permute_draws_permutes_answers(seed: int, labels: int, decimals: int | None) -> None:
    """To the last bit, ties included."""
    answers = softened(random_answers(seed, labels), 8)
    if decimals is not None:
        answers = np.round(answers, decimals)
    order = np.random.default_rng(seed).permutation(len(answers))
    np.testing.assert_array_equal(temper(answers[order]), temper(answers)[order])


@pytest.mark.parametrize(
    "answers",
    [
        random_answers(1, 5, spread=8),  # sharp
        np.where(random_answers(2, 9, spread=0.3) > 0.12, random_answers(2, 9, spread=0.3), np.nan),
        1 / (1 + np.exp(-np.random.default_rng(3).normal(size=(4, 3, 9)))),  # of their own each
        np.zeros((4, 3, 5)),  # all rounded away
        np.ones((4, 3, 1)),
        np.empty((0, 3, 5)),
    ],
    ids=["sharp", "hidden labels", "sigmoids", "zeros", "one label", "nothing"],
)
def test_what_is_left_as_it_is(answers: Any) -> None:
    assert temper(answers) is answers


def test_rounded_answers_stay_finite_and_zeros_stay_zeros() -> None:
    answers = np.round(softened(random_answers(4, 40), 10), 2)
    answers[:, 0] = 0.02  # no power makes one of these the best
    answers[:, :, 3] = 0
    found = temper(answers)
    assert np.isfinite(log_odds(found)).all()
    assert (found[:, :, 3] == 0).all()
    flat = temper(np.full((3, 2, 4), 0.25))
    np.testing.assert_array_equal(flat, 0.25)
    assert MOST > 40


def test_what_a_test_of_one_isotope_may_compare() -> None:
    assert answer_statistic("tempered-odds") is log_odds is answer_statistic("log-odds")
    with pytest.raises(PlanError, match="no statistic is called 'tempered'") as caught:
        answer_statistic("tempered")
    assert caught.value.hint == (
        "did you mean tempered-odds? choose one of: probability, log-odds, top-rank, tempered-odds"
    )
