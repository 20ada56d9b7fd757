"""Scores of embeddings: by their formula, alike for all draws, and 0 where nothing moves."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.stats.scores.embeddings import (
    PARTS,
    as_fractions,
    embeddings_in,
    own_shifts,
    shift_scores,
)

DRAWS, PROBES, OWN, NUMBERS = 30, 7, 5, 12


def units(*shape: int, seed: int) -> NDArray[np.float64]:
    found = np.random.default_rng(seed).normal(size=shape)
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    return found


@pytest.fixture
def embedded() -> tuple[NDArray[np.float64], ...]:
    """Probes without a mark and with each draw, and the owner's pictures with each draw."""
    return (
        units(PROBES, NUMBERS, seed=1),
        units(DRAWS, PROBES, NUMBERS, seed=2),
        units(DRAWS, OWN, NUMBERS, seed=3),
    )


def test_they_are_what_the_formula_says(embedded: tuple[NDArray[np.float64], ...]) -> None:
    plain, marked, published = embedded
    found = shift_scores(plain, marked, own_shifts(published)).mean(axis=1)
    overall = sum(picture for draw in published for picture in draw) / (DRAWS * OWN)
    for draw in range(DRAWS):
        moves = [marked[draw, z] - plain[z] for z in range(PROBES)]
        of_own = sum(published[draw]) / OWN - overall
        towards = sum(float(np.dot(move, of_own)) for move in moves) / PROBES
        together = np.linalg.norm(sum(move / np.linalg.norm(move) for move in moves) / PROBES)
        assert dict(zip(PARTS, found[draw], strict=True)) == pytest.approx(
            {"towards": towards, "together": together}
        )


def test_draws_in_another_order_have_the_same_scores_to_the_last_bit(
    embedded: tuple[NDArray[np.float64], ...],
) -> None:
    plain, marked, published = embedded
    order = np.random.default_rng(4).permutation(DRAWS)
    found = shift_scores(plain, marked, own_shifts(published))
    again = shift_scores(plain, marked[order], own_shifts(published[order]))
    np.testing.assert_array_equal(again, found[order])


def test_without_own_pictures_only_one_is_left(embedded: tuple[NDArray[np.float64], ...]) -> None:
    plain, marked, published = embedded
    alone = shift_scores(plain, marked, None)
    assert alone.shape == (DRAWS, PROBES, 1)
    both = shift_scores(plain, marked, own_shifts(published))
    np.testing.assert_array_equal(alone[..., 0], both[..., PARTS.index("together")])


def test_where_nothing_moves_all_are_0() -> None:
    plain = units(PROBES, NUMBERS, seed=1)
    still = np.repeat(plain[None], DRAWS, axis=0)
    assert not shift_scores(plain, still, own_shifts(still)).any()


def test_what_moves_all_probes_one_way_has_the_largest_score() -> None:
    plain, way = units(PROBES, NUMBERS, seed=1), units(NUMBERS, seed=5)
    moved = plain + 0.01 * units(DRAWS, PROBES, NUMBERS, seed=6)
    moved[3] = plain + 0.001 * way  # however little
    together = shift_scores(plain, moved, None).mean(axis=(1, 2))
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
