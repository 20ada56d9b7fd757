"""Face search: are pictures with this mark in a gallery? (paper, appendix A.4)

`face_match` gives the paper's Table 8. It says how well searches find the enrolled pictures
again, which any engine does for any picture, marked or not. `draw_out_test` is the test that can
accuse: new pictures with the mark, which nobody enrolled, draw out those that carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import PlanError
from isotopes.stats.exact.rank import RankTestResult, rank_test
from isotopes.stats.result import Result


@dataclass(frozen=True)
class FaceMatchResult(Result):
    """What `face_match` found: a column of the paper's Table 8.

    Attributes:
        queries: pictures that were searched for.
        share_with_match: fraction for which an enrolled picture with their mark was shown.
        mark_rank: mean rank of the best match, 1 = most similar; over the queries that have one.
        true_rank: mean rank of the query picture itself, over the queries for which it was shown;
            None if it never was, or was not enrolled.
    """

    kind: ClassVar[str] = "isotopes-face-match/1"
    queries: int
    share_with_match: float
    mark_rank: float | None
    true_rank: float | None


def face_match(
    similarities: ArrayLike, same_mark: ArrayLike, true: ArrayLike | None = None
) -> FaceMatchResult:
    """How well do searches find enrolled pictures with the mark that they carry?

    Args:
        similarities: of each enrolled picture to each that was searched for, shape (queries,
            enrolled); NaN if the engine did not show it.
        same_mark: which enrolled pictures carry the query's mark, bool, same shape.
        true: for each query the column of the same picture with the same mark, shape (queries,);
            -1, or None for all, where it was not enrolled.

    A picture's rank is 1 + the number of pictures shown that are more similar.

    Raises:
        PlanError: shapes that don't go together, or not one query.
    """
    shown = np.asarray(similarities, dtype=np.float64)
    marked = np.asarray(same_mark, dtype=np.bool_)
    if shown.ndim != 2 or shown.shape != marked.shape or len(shown) == 0:
        raise PlanError(
            "similarities and marks of one or more queries must have one shape (queries,"
            f" enrolled), got {shown.shape} and {marked.shape}"
        )
    ranks = match_ranks(shown)
    first = np.where(marked, ranks, np.nan).min(axis=1, initial=np.inf, where=marked & (ranks > 0))
    found = np.isfinite(first)
    return FaceMatchResult(
        queries=len(shown),
        share_with_match=float(found.mean()),
        mark_rank=_mean(first[found]),
        true_rank=None if true is None else _mean(_ranks_of(ranks, np.asarray(true, np.int64))),
    )


def match_ranks(similarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for the most similar of each row; equal ones share a rank; NaN stays NaN."""
    order = np.sort(np.where(np.isnan(similarities), -np.inf, similarities), axis=1)
    above = [
        row.size - np.searchsorted(row, values, side="right")
        for row, values in zip(order, similarities, strict=True)
    ]
    ranks = 1.0 + np.array(above, np.float64).reshape(similarities.shape)
    return np.where(np.isnan(similarities), np.nan, ranks)


def _ranks_of(ranks: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    if columns.shape != ranks.shape[:1]:
        raise PlanError(
            f"each of {len(ranks)} queries must have one true picture or -1, got {columns.shape}"
        )
    rows = np.flatnonzero(columns >= 0)
    found = ranks[rows, columns[rows]]
    return found[~np.isnan(found)]


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if values.size else None


def draw_out_test(
    similarities: ArrayLike, ours: ArrayLike, *, level: float = 0.01
) -> RankTestResult:
    """Do new pictures with the mark draw out enrolled pictures that carry it?

    Null: nothing that is enrolled carries the mark, so the gallery is independent of the key and
    the mark is one of 1 + M draws. Each draw's score is the mean, over the queries, of the largest
    similarity that any of our pictures is shown with; 0 if none is shown. Then as `rank_test`.

    Args:
        similarities: of each enrolled picture to each query with each draw, in [0, 1], the true
            mark first, shape (1 + decoys, queries, enrolled); NaN if the engine did not show it.
        ours: which enrolled pictures are claimed to carry the mark, bool, shape (enrolled,);
            named before the first search.
        level: the most that the chance of accusing an innocent gallery may be.

    Raises:
        PlanError: shapes that don't go together, no query, or none of ours.
        TooFewDecoys: no outcome could reach `level`.

    Deviation: the paper's Table 8 has no test; the true mark's queries here are its set3.
    """
    shown = np.asarray(similarities, dtype=np.float64)
    mine = np.asarray(ours, dtype=np.bool_)
    if shown.ndim != 3 or shown.shape[2:] != mine.shape or 0 in shown.shape or not mine.any():
        raise PlanError(
            "similarities must have shape (1 + decoys, queries, enrolled), with at least one"
            f" enrolled picture of ours, got {shown.shape} and {int(mine.sum())} of"
            f" {mine.shape} ours"
        )
    best = np.nan_to_num(shown[:, :, mine], nan=0.0).max(axis=2)
    scores = best.mean(axis=1)
    return rank_test(float(scores[0]), scores[1:], level=level)
