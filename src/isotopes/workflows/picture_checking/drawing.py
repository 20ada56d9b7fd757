"""Scores of a hundred thousand draws: drawn, compared and forgotten in blocks, by processes.

Drawing takes most of the time: 2 to 11 ms each, by family.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from isotopes.marks import Family
from isotopes.processes import cores, end_with_parent
from isotopes.verify.matching.matched_filter import BLOCK, MatchedFilter

WORTH_PROCESSES = 2000  # draws: starting a process takes a second
Progress = Callable[[int, int], None]  # draws done, draws in all


def score_draws(
    family: Family,
    key: bytes,
    draws: int,
    matched: MatchedFilter,
    *,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """How well the mark (draw 0) and its decoys match, shape (draws, columns).

    Raises:
        MarkError: the family has fewer draws.
    """
    starts = range(0, draws, BLOCK)
    found = np.empty((draws, len(matched.columns)))
    with _mapped(family, key, matched, draws) as scored:
        for start, scores in zip(starts, scored, strict=True):
            found[start : start + len(scores)] = scores
            if progress is not None:
                progress(start + len(scores), draws)
    return found


@contextmanager
def _mapped(
    family: Family, key: bytes, matched: MatchedFilter, draws: int
) -> Iterator[Iterator[NDArray[np.float64]]]:
    """The blocks' scores in order, by this process or by several."""
    blocks = [(start, min(start + BLOCK, draws)) for start in range(0, draws, BLOCK)]
    workers = cores()
    if draws < WORTH_PROCESSES or workers == 1:
        scorer = _Scorer(family, key, matched)
        yield map(scorer.score, blocks)
        return
    # spawn: forking a process whose BLAS has threads may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (family, key, matched))
    try:
        yield pool.map(_score, blocks)
    finally:
        pool.shutdown(cancel_futures=True)


class _Scorer:
    def __init__(self, family: Family, key: bytes, matched: MatchedFilter) -> None:
        self._family, self._key, self._matched = family, key, matched

    def score(self, block: tuple[int, int]) -> NDArray[np.float64]:
        return self._matched.scores(self._family.draw(self._key, at) for at in range(*block))


_scorer: _Scorer | None = None  # of a worker process


def _start(family: Family, key: bytes, matched: MatchedFilter) -> None:
    end_with_parent()
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    global _scorer  # noqa: PLW0603 - what a pool's initialiser leaves to its tasks
    _scorer = _Scorer(family, key, matched)


def _score(block: tuple[int, int]) -> NDArray[np.float64]:
    assert _scorer is not None
    return _scorer.score(block)
