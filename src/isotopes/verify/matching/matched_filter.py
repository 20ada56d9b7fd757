"""How well a mark and its decoys match pictures: from pictures to scores, all draws alike.

    s(i, v) = max over the placements of view v of
              <t(i), V S^-1 m> / (|S^(-1/2) t(i)| |S^(-1/2) m|)

where t(i) is what draw i adds to a grey picture, m is the mean of the pictures, and V moves m to
where the mark would have it. Each picture is scaled to the same whitened length first, so that no
busy one outweighs the others. The numerator is linear in the pictures' mean, so a block of draws
costs one matrix product, however many pictures there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from isotopes.marks import Mark
from isotopes.verify.matching.small import SIDE, pattern
from isotopes.verify.matching.views import Templates, all_views, whole_only
from isotopes.verify.matching.whitening import (
    FLOOR,
    HALF,
    Spectrum,
    Whitening,
    chunks,
    power_of,
    spectrum_of,
    whitening_for,
)

BLOCK = 100  # draws that are compared at once
DECIMALS = 9  # of a score: in whichever order a BLAS adds up, equal draws have equal scores


@dataclass(frozen=True)
class MatchedFilter:
    """Pictures, ready to be compared with any number of draws.

    Attributes:
        parts: whitenings, each with the templates that go with it.
    """

    parts: tuple[tuple[Whitening, Templates], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What each column of scores is, in words."""
        return tuple(name for _, templates in self.parts for name in templates.columns)

    def scores(self, draws: Iterable[Mark]) -> NDArray[np.float64]:
        """How well each draw matches the pictures, shape (draws, columns), about in [-1, 1]."""
        waiting, found = iter(draws), []
        while some := list(islice(waiting, BLOCK)):
            found.append(self._compare(some))
        return np.vstack(found)

    def _compare(self, draws: Sequence[Mark]) -> NDArray[np.float64]:
        patterns = np.stack([pattern(draw) for draw in draws])
        found = spectrum_of(patterns)
        flat = patterns.reshape(len(patterns), -1)
        columns = []
        for whitening, templates in self.parts:
            lengths = np.maximum(whitening.lengths(found), 1e-12)
            products = flat @ templates.values.T / lengths[:, None]
            columns.append(np.maximum.reduceat(products, templates.starts, axis=1))
        return np.asarray(np.round(np.hstack(columns), DECIMALS))


def matched_filter(pictures: NDArray[np.uint8], groups: Sequence[str | None]) -> MatchedFilter:
    """The filter that looks for a mark in these pictures.

    If pictures are grouped, by prompt for example, the filter looks in all of them together, and in
    each group's difference from all others. A generator shows an owner's mark most when it is asked
    for that owner's pictures, and in the difference, what all groups share can't hide it.

    Args:
        pictures: shape (n, SIDE, SIDE, 3).
        groups: what each picture belongs to; None for no group.
    """
    scaling = whitening_for(*_power_of_each(pictures))
    means, counts, power = _means(pictures, groups, scaling)
    total = sum(counts.values())
    every = np.sum([mean * counts[of] for of, mean in means.items()], axis=0) / total
    rest = power / total + FLOOR * np.eye(3)
    whitening = whitening_for(power_of(every[None]), rest / total)
    parts = [(whitening, all_views(whitening.matched(every)))]
    apart = {
        of: (mean - every) * (total / (total - counts[of]))
        for of, mean in sorted((of, mean) for of, mean in means.items() if of is not None)
        if counts[of] < total
    }
    if apart:
        common = np.mean([power_of(one[None]) for one in apart.values()], axis=0)
        fewest = min(counts[of] for of in apart)
        whitening = whitening_for(common, rest / fewest)
        named = {of: whitening.matched(one) for of, one in apart.items()}
        parts.append((whitening, whole_only(named)))
    return MatchedFilter(tuple(parts))


def _power_of_each(pictures: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The whitening of single pictures: no common part, and the power of all of them."""
    power = sum((power_of(some) for some in chunks(pictures)), np.zeros((SIDE, HALF, 3, 3)))
    return np.zeros_like(power), power / len(pictures) + FLOOR * np.eye(3)


def _means(
    pictures: NDArray[np.uint8], groups: Sequence[str | None], scaling: Whitening
) -> tuple[dict[str | None, Spectrum], dict[str | None, int], NDArray[np.float64]]:
    """Each group's mean spectrum and size, and the power of all pictures, scaled to one length."""
    sums: dict[str | None, Spectrum] = {}
    counts: dict[str | None, int] = {}
    power = np.zeros((SIDE, HALF, 3, 3))
    start = 0
    for some in chunks(pictures):
        scaled = some / np.maximum(scaling.lengths(some), 1.0)[:, None, None, None]
        scaled *= SIDE
        power += power_of(scaled)
        for of, one in zip(groups[start : start + len(some)], scaled, strict=True):
            sums[of] = sums[of] + one if of in sums else one
            counts[of] = counts.get(of, 0) + 1
        start += len(some)
    return {of: one / counts[of] for of, one in sums.items()}, counts, power
