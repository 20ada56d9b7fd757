"""Embeddings as answers: what can't be used is said in words about embeddings."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.errors import AnswerError
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.targets.scores import MOST_LABELS


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            np.ones((1, MOST_LABELS + 1)),
            "an embedding may have 50,000 numbers, and those of theirs have 50,001",
        ),
        (np.array([[1, np.nan], [1, 2]]), "finite numbers, got NaN or infinity in 1 of 2"),
        (np.array([[1, 2], [np.inf, np.nan]]), "finite numbers, got NaN or infinity in 1 of 2"),
        (np.zeros((1, 2)), "an embedding of theirs has length 0, and so no direction"),
        (np.full((1, 2), 1e300), "an embedding of theirs has length inf, and so no direction"),
        (np.ones(4), r"one row of numbers for each picture, got shape \(4,\)"),
    ],
)
def test_what_can_t_be_used_is_said(raw: NDArray[np.float64], message: str) -> None:
    with pytest.raises(AnswerError, match=message):
        embedding_scores("theirs", raw)


def test_the_longest_is_taken() -> None:
    assert embedding_scores("theirs", np.ones((1, MOST_LABELS))).values.shape[1] == MOST_LABELS
