from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isotopes.errors import AnswerError, TooFewDecoys
from isotopes.stats.scores.standardise import Standard

BATCHES = hnp.arrays(
    np.float64, st.tuples(st.integers(2, 9), st.integers(1, 5)), elements=st.floats(-50, 50)
)


def test_spread_lies_between_the_labels_own_and_the_common_one() -> None:
    batch = np.random.default_rng(0).normal(size=(12, 200)) * np.array([1.0, 3.0] * 100)
    own = batch.std(axis=0, ddof=1)
    common = np.sqrt((own**2).mean())
    found = Standard.fit(batch).spread
    np.testing.assert_array_less(np.minimum(own, common) - 1e-12, found)
    np.testing.assert_array_less(found, np.maximum(own, common) + 1e-12)


def test_a_label_that_varies_by_luck_less_does_not_win_every_search() -> None:
    rng = np.random.default_rng(1)
    batch, marks = rng.normal(size=(10, 300)), rng.normal(size=(2000, 300))
    _, winners = Standard.fit(batch).best(marks)
    raw = ((marks - batch.mean(axis=0)) / batch.std(axis=0, ddof=1)).argmax(axis=1)
    most = [np.bincount(found).max() / 2000 for found in (winners, raw)]
    assert most[0] < 0.7 * most[1]


@given(batch=BATCHES)
def test_spreads_are_positive_and_lifts_finite(batch: np.ndarray) -> None:
    standard = Standard.fit(batch)
    assert (standard.spread > 0).all()
    assert np.isfinite(standard.lift(batch)).all()


def test_a_label_that_no_decoy_moves_still_can_be_lifted() -> None:
    """In top-K mode most labels are never shown for a decoy."""
    batch = np.column_stack([np.random.default_rng(2).normal(size=8), np.full(8, -6.0)])
    value, label = Standard.fit(batch).best([0.0, -3.0])
    assert label == 1
    assert 0 < value < np.inf


def test_batches_that_set_no_standard() -> None:
    with pytest.raises(TooFewDecoys, match="at least 2 decoys, got 1"):
        Standard.fit([[1.0, 2.0]])
    with pytest.raises(AnswerError, match="must be finite"):
        Standard.fit([[1.0, np.nan], [1.0, 2.0]])
