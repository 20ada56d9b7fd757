"""Combines several scores of the same marks: the sum of their standardised values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import AnswerError


def standardise_columns(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column less its mean over all rows, in standard deviations; 0 if it doesn't vary.

    All rows are treated alike, to the last bit: the sums don't depend on the order of the rows, so
    no rounding depends on which row is the mark's.

    Args:
        rows: finite, shape (rows, columns).
    """
    reach = np.ptp(rows, axis=0)
    # To [0, 1] first: the square of a tiny difference would be 0.
    scaled = (rows - rows.min(axis=0)) / np.where(reach > 0, reach, 1)
    ordered = np.sort(scaled, axis=0)
    centred = ordered - ordered.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    standardised: NDArray[np.float64] = (scaled - ordered.mean(axis=0)) / np.where(
        deviation > 0, deviation, 1
    )
    return np.where(reach > 0, standardised, 0.0)


def sum_of_parts(parts: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """One score for each mark and label, to which every part contributes alike.

    Each part is standardised over all marks, the true one included, label by label; then they are
    added. Null: the model saw none of the marks, so the rows of all parts *together* are
    exchangeable. Standardising treats rows alike, so the rows of the sum are exchangeable
    too, however much the parts depend on each other.

    Args:
        parts: mean scores, each of shape (1 + decoys, labels); NaN in a whole column if a part
            says nothing about a label, which then counts as 0.

    Raises:
        AnswerError: a column that is NaN or infinite for some marks only.

    >>> sum_of_parts([[[2.0], [0.0], [1.0]], [[7.0], [5.0], [3.0]]]).round(2).tolist()
    [[2.45], [-1.22], [-1.22]]
    """
    total: NDArray[np.float64] | None = None
    for part in parts:
        rows = np.asarray(part, dtype=np.float64)
        missing = np.isnan(rows).all(axis=0)
        filled = np.where(missing, 0.0, rows)
        if not np.isfinite(filled).all():
            raise AnswerError("the parts of a score must be finite numbers, got NaN or infinity")
        standardised = standardise_columns(filled)
        total = standardised if total is None else total + standardised
    if total is None:
        raise AnswerError("a score needs at least one part, got none")
    return total
