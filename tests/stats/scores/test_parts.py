from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import zscore

from isotopes.errors import AnswerError
from isotopes.stats.scores.parts import standardise_columns, sum_of_parts


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), steps=st.sampled_from([None, 2, 5]))
def test_against_zscore_and_whichever_row_is_the_mark(seed: int, steps: int | None) -> None:
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(2, 20, 3)) * [[[1e-9]], [[1e9]]]
    if steps is not None:
        parts = np.round(rng.random((2, 20, 3)) * steps)
    found = sum_of_parts(list(parts))
    varying = np.ptp(parts, axis=1).min(axis=0) > 0
    expected = zscore(parts[0][:, varying]) + zscore(parts[1][:, varying])
    np.testing.assert_allclose(found[:, varying], expected, atol=1e-6)
    order = rng.permutation(20)
    np.testing.assert_array_equal(sum_of_parts([part[order] for part in parts]), found[order])


def test_a_part_that_says_nothing_of_a_label_counts_as_zero() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(10, 2)), rng.normal(size=(10, 2))
    second[:, 1] = np.nan
    found = sum_of_parts([first, second])
    np.testing.assert_array_equal(found[:, 1], standardise_columns(first)[:, 1])
    second[0, 1] = 1.0
    with pytest.raises(AnswerError, match="must be finite numbers"):
        sum_of_parts([first, second])
    with pytest.raises(AnswerError, match="at least one part"):
        sum_of_parts([])


def test_columns_that_do_not_vary() -> None:
    assert standardise_columns(np.full((5, 2), 0.1)).tolist() == [[0.0, 0.0]] * 5
