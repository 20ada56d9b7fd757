"""Scores of embeddings: by their formula, alike for all draws, and 0 where nothing moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from isotopes.stats.scores.embeddings import (
    as_fractions,
    embeddings_in,
    steadiness,
    togetherness,
)

DRAWS, PROBES, OWN, NUMBERS = 30, 7, 5, 12


def units(*shape: int, seed: int) -> NDArray[np.float64]:
    found = np.random.default_rng(seed).normal(size=shape)
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    return found


def test_together_is_what_the_formula_says() -> None:
    plain, marked = units(PROBES, NUMBERS, seed=1), units(DRAWS, PROBES, NUMBERS, seed=2)
    found = togetherness(plain, marked).mean(axis=1)
    for draw in range(DRAWS):
        moves = [marked[draw, z] - plain[z] for z in range(PROBES)]
        together = np.linalg.norm(sum(move / np.linalg.norm(move) for move in moves) / PROBES)
        assert found[draw] == pytest.approx(together)


def test_steady_is_the_cosine_of_each_picture_and_its_view() -> None:
    published, views = units(DRAWS, OWN, NUMBERS, seed=3), units(DRAWS, OWN, NUMBERS, seed=4)
    found = steadiness(published, views)
    for draw in range(DRAWS):
        cosines = [float(np.dot(published[draw, x], views[draw, x])) for x in range(OWN)]
        assert found[draw].tolist() == pytest.approx(cosines)
    assert steadiness(published, published) == pytest.approx(1)


@given(seed=st.integers(0, 2**32 - 1))
def test_draws_in_another_order_have_the_same_scores_to_the_last_bit(seed: int) -> None:
    plain, marked = units(PROBES, NUMBERS, seed=seed), units(DRAWS, PROBES, NUMBERS, seed=seed + 1)
    published, views = (units(DRAWS, OWN, NUMBERS, seed=seed + at) for at in (2, 3))
    order = np.random.default_rng(seed).permutation(DRAWS)
    together, steady = togetherness(plain, marked), steadiness(published, views)
    np.testing.assert_array_equal(togetherness(plain, marked[order]), together[order])
    np.testing.assert_array_equal(steadiness(published[order], views[order]), steady[order])


def test_where_nothing_moves_all_are_0() -> None:
    plain = units(PROBES, NUMBERS, seed=1)
    assert not togetherness(plain, np.repeat(plain[None], DRAWS, axis=0)).any()


def test_one_probe_alone_says_nothing() -> None:
    """It always goes its own way: rounding must not rank the draws."""
    plain, marked = units(1, NUMBERS, seed=1), units(DRAWS, 1, NUMBERS, seed=2)
    assert np.ptp(togetherness(plain, marked)) == 0


def test_without_pictures_there_are_no_scores() -> None:
    none = np.empty((DRAWS, 0, NUMBERS))
    assert togetherness(none[0], none).shape == steadiness(none, none).shape == (DRAWS, 0)


def test_what_moves_all_probes_one_way_has_the_largest_score() -> None:
    plain, way = units(PROBES, NUMBERS, seed=1), units(NUMBERS, seed=5)
    moved = plain + 0.01 * units(DRAWS, PROBES, NUMBERS, seed=6)
    moved[3] = plain + 0.001 * way  # however little
    together = togetherness(plain, moved).mean(axis=1)
    assert together[3] == pytest.approx(1)
    assert together.argmax() == 3
    assert (together[np.arange(DRAWS) != 3] < 0.9).all()


def test_fractions_hold_embeddings_of_either_precision() -> None:
    for dtype in (np.float32, np.float64):
        found = units(50, 3, seed=7).astype(dtype).astype(np.float64)
        fractions = as_fractions(found)
        assert fractions.min() >= 0
        assert fractions.max() <= 1
        np.testing.assert_allclose(embeddings_in(fractions), found, atol=1e-15)
    assert as_fractions(np.array([-1 - 1e-9, 1 + 1e-9])).tolist() == [0, 1]
