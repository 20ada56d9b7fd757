"""An answer tensor that may be larger than memory, read once, mark by mark and block by block."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.verify.statistic import Values, get_statistic, top_rank

BLOCK = 2**21  # scores made at once: 16 MiB, and a few times that on the way


@dataclass(frozen=True, eq=False)
class TensorScores:
    """What an audit needs of an answer tensor.

    Attributes:
        means: mean score of each mark for each label over its allowed probes, shape
            (marks, labels).
        columns: all scores for some labels, shape (columns, marks, probes). It lies in a temporary
            file, which the system keeps in memory as far as there is room.
    """

    means: Values
    columns: Values


def read_tensor(
    answers: NDArray[np.floating],
    statistic: str,
    allowed: NDArray[np.bool_],
    columns: NDArray[np.int64],
    *,
    block: int = BLOCK,
) -> TensorScores:
    """Score an answer tensor in one pass.

    Args:
        answers: probabilities, shape (marks, probes, labels), NaN where a label was not returned;
            an array, or a `numpy.memmap` of any size.
        statistic: a name in `statistic.STATISTICS`.
        allowed: which probes count for which label, shape (probes, labels); each label needs one.
        columns: the labels whose single scores are wanted, shape (columns,).
        block: how many scores to make at once.

    Raises:
        PlanError: no statistic is called so.
    """
    marks, probes, labels = answers.shape
    score = _scorer(answers, statistic)
    totals = np.zeros((marks, labels))
    kept = _scratch((len(columns), marks, probes))
    step = max(1, block // labels)
    for mark in range(marks):
        for start in range(0, probes, step):
            part = slice(start, start + step)
            scores = score(np.asarray(answers[mark, part], dtype=np.float64))
            totals[mark] += scores.sum(axis=0, where=allowed[part])
            kept[:, mark, part] = scores[:, columns].T
    return TensorScores(totals / allowed.sum(axis=0), kept)


def _scorer(answers: NDArray[np.floating], statistic: str) -> Callable[[Values], Values]:
    if statistic != "top-rank":
        return get_statistic(statistic)
    # K is the most labels shown for any picture, and a block doesn't know the others.
    shown = max(int((~np.isnan(mark)).sum(axis=1).max()) for mark in answers)

    def ranks(block: Values) -> Values:
        return np.where(np.isnan(block), -(shown + 1.0), top_rank(block))

    return ranks


def _scratch(shape: tuple[int, ...]) -> Values:
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.float64, "w+", shape=shape)
