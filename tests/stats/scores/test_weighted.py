"""The score over weighted labels: against its formula, and the same whichever draw is the mark."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from isotopes.stats.exact.rank import rank_test
from isotopes.stats.scores.statistic import log_odds
from isotopes.stats.scores.weighted import heaviest_label, label_weights, weigh_labels

Rows = np.ndarray


def scores_of(odds: Rows, elsewhere: Rows | None = None) -> Rows:
    """What a check does with log-odds, shape (draws, pictures, labels)."""
    chances = np.exp(odds) / np.exp(odds).sum(axis=2, keepdims=True)
    others = None if elsewhere is None else (1 / (1 + np.exp(-elsewhere))).mean(axis=1)
    weights = label_weights(chances.mean(axis=1), others)
    return log_odds(weigh_labels(chances, weights)).mean(axis=1)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.sampled_from([None, 1, 3]),
    others=st.booleans(),
    labels=st.integers(1, 40),
)
def test_to_permute_draws_permutes_scores(
    seed: int, steps: int | None, others: bool, labels: int
) -> None:
    """To the last bit, ties included."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(size=(20, 4, labels)) * 3
    if steps is not None:
        odds = np.round(odds * steps) / steps
    elsewhere = rng.normal(size=(20, 5, labels)) if others else None
    order = rng.permutation(20)
    moved = None if elsewhere is None else elsewhere[order]
    np.testing.assert_array_equal(scores_of(odds[order], moved), scores_of(odds, elsewhere)[order])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_against_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chances, elsewhere = rng.dirichlet(np.ones(5), size=30), rng.dirichlet(np.ones(5), size=30)
    for there, usual in ((None, np.full(5, 1 / 5)), (elsewhere, elsewhere.mean(axis=0))):
        expected = np.clip(chances.mean(axis=0) - usual, 1e-6, None)
        weights = label_weights(chances, there)
        np.testing.assert_allclose(weights, expected / expected.sum())
        values = rng.normal(size=(30, 3, 5))
        expected = np.einsum("dpl,l->dp", values, weights)
        np.testing.assert_allclose(weigh_labels(values, weights), expected)
        shares = values[0].mean(axis=0) * weights
        assert heaviest_label(values[0], weights) == shares.argmax()


def test_labels_that_are_not_shown_or_say_nothing() -> None:
    chances = np.array([[0.6, 0.4, 0.0], [0.8, 0.2, 0.0]])
    wider = np.pad(chances, ((0, 0), (0, 3)))
    np.testing.assert_array_equal(label_weights(wider)[:3], label_weights(chances))
    assert label_weights(wider)[2:].tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(label_weights(np.zeros((2, 4))), 0.25)
    nowhere = np.full((2, 3), np.nan)
    np.testing.assert_array_equal(label_weights(chances, nowhere), label_weights(chances))


@pytest.mark.parametrize("seed", range(3))
def test_pvalues_of_models_that_saw_no_mark_are_uniform(seed: int) -> None:
    """Draws that are exchangeable and nothing more: labels go together, one label is called often.

    And not so of a mark that lifts the label that the model gives to the pictures.
    """
    rng = np.random.default_rng(seed)
    innocent, guilty = [], []
    for _ in range(600):
        common = rng.normal(size=(20, 1, 1))  # an unused mark moves many labels together
        odds = rng.normal(size=(1, 4, 8)) + common + rng.normal(size=(20, 4, 8)) * rng.random(8)
        odds[..., 2] += 2
        found = scores_of(odds)
        innocent.append(rank_test(found[0], found[1:], level=1).pvalue)
        odds[0, :, 2] += 5
        found = scores_of(odds)
        guilty.append(rank_test(found[0], found[1:], level=1).pvalue)
    # Between the grid's points: uniform where ranks are.
    spread = np.array(innocent) - rng.random(600) / 20
    assert kstest(spread, "uniform").pvalue > 1e-3
    assert np.mean(np.array(guilty) <= 0.05) > 0.3
