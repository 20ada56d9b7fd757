"""Embeddings without anchors, as answers: what an encoder says when nothing gives it labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError
from isotopes.stats.scores.embeddings import as_fractions
from isotopes.targets.local.embeddings.anchors import directions
from isotopes.targets.scores import MOST_LABELS, Scores


def embedding_scores(subject: str, raw: NDArray[np.floating]) -> Scores:
    """An encoder's answers as scores: a label for each number, and the number as a fraction.

    Args:
        subject: what messages call the encoder.
        raw: embeddings, shape (n, numbers), of any length but 0.

    Raises:
        AnswerError: not one row of finite numbers for each picture, a row of zeros, or more numbers
            than a table of answers can hold.

    >>> embedding_scores("an encoder", np.array([[3.0, -4.0]])).values.round(9).tolist()
    [[0.8, 0.1]]
    """
    found = directions(subject, raw)
    if found.shape[1] > MOST_LABELS:
        raise AnswerError(
            f"an embedding may have {MOST_LABELS:,} numbers, and those of {subject} have"
            f" {found.shape[1]:,}",
            hint="name the output that describes a whole picture, not each part of it: the last one"
            " before the labels, or pooled",
        )
    labels = tuple(f"number {at}" for at in range(1, found.shape[1] + 1))
    return Scores(labels, as_fractions(found))
