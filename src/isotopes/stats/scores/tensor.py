"""An answer tensor that may be larger than memory, read once, mark by mark and block by block."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.statistic import Values, get_statistic, top_rank

BLOCK = 2**21  # scores made at once: 16 MiB, and a few times that on the way
MEMORY = 2**28  # bytes of answers that are kept in memory rather than in a file


@dataclass(frozen=True, eq=False)
class TensorScores:
    """The parts of an answer tensor that an audit needs.

    Attributes:
        means: mean score of each mark and decoy for each label over its allowed probes, shape
            (rows, labels).
        columns: all scores for some labels, shape (columns, rows, probes). It lies in a temporary
            file, which the system keeps in memory if there is room.
        gains: mean difference between each mark's score and the decoys' mean on the same probe,
            shape (marks, labels).
        errors: its standard error over probes, shape (marks, labels).
    """

    means: Values
    columns: Values
    gains: Values
    errors: Values


def read_tensor(
    answers: NDArray[np.floating],
    statistic: str,
    allowed: NDArray[np.bool_],
    columns: NDArray[np.int64],
    *,
    marks: int = 0,
    block: int = BLOCK,
) -> TensorScores:
    """Score an answer tensor in one pass.

    Args:
        answers: probabilities, shape (rows, probes, labels), the marks first; NaN if a label
            was not returned; an array, or a `numpy.memmap` of any size.
        statistic: a name in `statistic.STATISTICS`.
        allowed: which probes count for which label, shape (probes, labels); each label needs one,
            and two if there are marks.
        columns: the labels whose single scores are wanted, shape (columns,).
        marks: how many rows are marks; the others are decoys.
        block: how many scores to make at once.

    Raises:
        PlanError: there is no such statistic.
    """
    rows, probes, labels = answers.shape
    score = _scorer(answers, statistic)
    totals, squares = np.zeros((rows, labels)), np.zeros((marks, labels))
    usual = np.zeros((probes, labels))
    kept = scratch((len(columns), rows, probes))
    step = max(1, block // labels)
    for row in (*range(marks, rows), *range(marks)):  # decoys first: they say what is usual
        for start in range(0, probes, step):
            part = slice(start, start + step)
            scores = score(np.asarray(answers[row, part], dtype=np.float64))
            totals[row] += scores.sum(axis=0, where=allowed[part])
            kept[:, row, part] = scores[:, columns].T
            if row < marks:
                gains = scores - usual[part]
                squares[row] += (gains * gains).sum(axis=0, where=allowed[part])
            else:
                usual[part] += scores / (rows - marks)
    counts = allowed.sum(axis=0)
    means = totals / counts
    middle = means[:marks] - usual.sum(axis=0, where=allowed) / counts
    errors = np.sqrt(np.maximum(squares / counts - middle**2, 0) / np.maximum(counts - 1, 1))
    return TensorScores(means, kept, middle, errors)


def storage(shape: tuple[int, ...]) -> Values:
    """Room for an answer tensor: in memory, or in a temporary file if it is large.

    The file lies where the system puts such files (TMPDIR), and is deleted with the array.
    """
    large = 8 * math.prod(shape) > MEMORY
    return scratch(shape) if large else np.empty(shape)


def scratch(shape: tuple[int, ...]) -> Values:
    """An array of zeros in a temporary file that is deleted with the array."""
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float64, "w+", shape=shape)


def _scorer(answers: NDArray[np.floating], statistic: str) -> Callable[[Values], Values]:
    if statistic != "top-rank":
        return get_statistic(statistic)
    # K is the most labels shown for any picture, and a block doesn't know the others.
    shown = max(int((~np.isnan(mark)).sum(axis=1).max()) for mark in answers)

    def ranks(block: Values) -> Values:
        return np.where(np.isnan(block), -(shown + 1.0), top_rank(block))

    return ranks
