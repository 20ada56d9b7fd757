"""Is a mark found in generated pictures? By the score of `check --pictures`, with any key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.models.mark_spec import Drawn, key_of
from isotopes.marks import Mark, get_family
from isotopes.stats.exact.rank import rank_test_over_labels
from isotopes.verify.matching.matched_filter import MatchedFilter, matched_filter
from isotopes.verify.matching.small import pattern, small

DECOYS = 999  # p can be 0.001


@dataclass(frozen=True, eq=False)
class Made:
    """What a generator made.

    Attributes:
        pixels: uint8, shape (n, side, side, 3).
        labels: what it was asked for, shape (n,).
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def all_together(self) -> MatchedFilter:
        """Looks for a mark in all pictures, whatever they were asked for."""
        return matched_filter(self._small(), [None] * len(self.labels))

    def by_name(self, labels: Collection[int]) -> MatchedFilter:
        """Looks also for what pictures with these labels show more than the others."""
        theirs = ["theirs" if label in labels else None for label in self.labels]
        return matched_filter(self._small(), theirs)

    def of(self, label: int) -> NDArray[np.uint8]:
        """The pictures with this label."""
        return np.asarray(self.pixels[self.labels == label])

    def _small(self) -> NDArray[np.uint8]:
        return np.stack([small(picture) for picture in self.pixels])


def pvalue(matched: MatchedFilter, mark: Drawn) -> float:
    """Of a mark among decoys of its key."""
    scores = matched.scores(draws_of(mark.family, mark.key))
    return rank_test_over_labels(scores, level=1).pvalue


def null_pvalues(
    filters: Sequence[MatchedFilter], family: str, seed: int, marks: int
) -> NDArray[np.float64]:
    """Of marks that nobody used, shape (filters, marks)."""
    drawn, others = null_draws(family, seed, marks)
    found = []
    for matched in filters:
        rows, compared = matched.scores(drawn), matched.scores(others)
        found.append(
            [rank_test_over_labels(np.vstack([row, compared]), level=1).pvalue for row in rows]
        )
    return np.array(found)


def null_draws(family: str, seed: int, marks: int) -> tuple[list[Mark], list[Mark]]:
    """Marks that nobody used, each with a key of its own, and decoys.

    All are compared with the same decoys, of yet another key: each p-value is valid, and they
    depend on one another a little.
    """
    drawn = [
        get_family(family).draw(bytes.fromhex(key_of("nulls", family, seed, number)), 0)
        for number in range(marks)
    ]
    return drawn, draws_of(family, key_of("null decoys", family, seed))[1:]


def draws_of(family: str, key: str) -> list[Mark]:
    """A mark, then its decoys."""
    return _draws(family, key, DECOYS)


@lru_cache(maxsize=2)
def _draws(family: str, key: str, decoys: int) -> list[Mark]:
    return [get_family(family).draw(bytes.fromhex(key), at) for at in range(1 + decoys)]


def match(pixels: NDArray[np.uint8], mark: Mark) -> float:
    """The pictures' mean inner product with what the mark adds to grey."""
    added = pattern(mark, *pixels.shape[1:3])
    return float((pixels.mean(axis=0) * (added - added.mean(axis=(0, 1)))).mean())
