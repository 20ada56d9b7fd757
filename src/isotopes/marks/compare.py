"""How far apart two marks are, and mixing one into another (paper, section 5.4)."""

from __future__ import annotations

import numpy as np

from isotopes.errors import MarkError
from isotopes.marks.mark import CANVAS, CanvasMark, Mark


def linf_distance(first: Mark, second: Mark, *, side: int = CANVAS) -> float:
    """Largest difference between two marks over pixels and channels, in [0, 1].

    Both are rendered at side x side; a pixel that only one of the masks holds counts as its full
    value, as the other mark leaves that pixel alone. Normalised: 1 is black against white.
    """
    one, two = first.render(side, side), second.render(side, side)
    gap = np.abs(one.rgb - two.rgb)
    apart = one.full_mask ^ two.full_mask
    gap[apart] = 1.0
    gap[~(one.full_mask | two.full_mask)] = 0.0
    return float(gap.max())


def mix_marks(first: Mark, second: Mark, ratio: float) -> CanvasMark:
    """`first` with `second` mixed in: (1 - ratio) * first + ratio * second, pixel by pixel.

    Ratio 0 gives `first`, 1 gives `second`; the normalised L-infinity distance to `first` grows in
    proportion to the ratio. The mask is the union of both.

    Raises:
        MarkError: the ratio is not in [0, 1], one mark is added and the other blended in, or one
            has no pattern.
    """
    if not 0 <= ratio <= 1:
        raise MarkError(f"the mixing ratio must be in [0, 1], got {ratio}")
    if not (first.has_pattern and second.has_pattern):
        raise MarkError("a mark without a pattern can't be mixed with another")
    if first.additive != second.additive:
        raise MarkError("a mark that is added can't be mixed with one that is blended in")
    one, two = first.render(CANVAS, CANVAS), second.render(CANVAS, CANVAS)
    weight = round(ratio * 65_536)
    total = one.pixels.astype(np.int64) * (65_536 - weight) + two.pixels.astype(np.int64) * weight
    canvas = ((total + 32_768) >> 16).astype(np.uint8)
    if one.mask is None and two.mask is None:
        return CanvasMark(canvas, additive=first.additive)
    return CanvasMark(canvas, one.full_mask | two.full_mask, first.additive)
