"""Is a mark found in generated pictures? By the score of `check --pictures`, with any key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.generators.draws import KeptMark, decoys
from isotopes.lab.models.mark_spec import Drawn
from isotopes.marks import Mark
from isotopes.stats.exact.rank import rank_test_over_labels
from isotopes.verify.matching.matched_filter import MatchedFilter, matched_filter
from isotopes.verify.matching.small import pattern, small


@dataclass(frozen=True, eq=False)
class GeneratedPictures:
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


@dataclass(frozen=True)
class Pvalues:
    """Of one mark.

    Attributes:
        together: by what all pictures show.
        by_name: by that, and by what the named ones show more than the others.
    """

    together: float
    by_name: float


def pvalues(
    matched: MatchedFilter, marks: Sequence[Drawn], seed: int, part: int = 0
) -> list[Pvalues]:
    """Of each mark, among the decoys of its family, `seed` and `part`. All are of one family."""
    rows = matched.scores(KeptMark(mark) for mark in marks)
    compared = matched.scores(decoys(marks[0].family, seed, part))
    common = len(matched.parts[0][1].columns)
    return [
        Pvalues(
            *(
                rank_test_over_labels(np.vstack([row[:width], compared[:, :width]]), level=1).pvalue
                for width in (common, None)
            )
        )
        for row in rows
    ]


def match(pixels: NDArray[np.uint8], mark: Mark) -> float:
    """The pictures' mean inner product with what the mark adds to grey."""
    added = pattern(mark, *pixels.shape[1:3])
    return float((pixels.mean(axis=0) * (added - added.mean(axis=(0, 1)))).mean())
