"""Dead leaves: discs of random place, size and colour that cover one another.

Ours; not in the paper. The texture model of G. Matheron (1968) with radii of density ~ r**-3, as
in natural pictures (Lee, Mumford, Huang, IJCV 2001): every key gives a different bold collage.
"""

from __future__ import annotations

from math import isqrt
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.family import Family
from isotopes.marks.mark import CANVAS, CanvasMark
from isotopes.seeds import KeyStream

LEAVES = 400
SMALLEST, LARGEST = CANVAS // 24, CANVAS // 4  # radii, in canvas pixels
SCALE = 1 << 20
BARE = np.full((1, 3), 128, np.uint8)  # the colour where no disc lies
_STEPS = np.arange(-LARGEST, LARGEST + 1, dtype=np.int32) ** 2
_SQUARES = _STEPS[:, None] + _STEPS  # squared distances from the middle of the largest disc


class DeadLeaves(Family):
    name: ClassVar[str] = "dead_leaves"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a collage of coloured discs"

    def from_key(self, key: bytes) -> CanvasMark:
        stream = KeyStream(key)
        rows = stream.integers(-LARGEST // 2, CANVAS + LARGEST // 2, LEAVES)
        columns = stream.integers(-LARGEST // 2, CANVAS + LARGEST // 2, LEAVES)
        quantiles = stream.integers(0, SCALE, LEAVES)
        colours = stream.integers(0, 256, 3 * LEAVES).reshape(LEAVES, 3)
        leaf = np.zeros((CANVAS, CANVAS), np.uint16)  # the one on top of each pixel; 0 for none
        for number, (row, column, quantile) in enumerate(
            zip(rows.tolist(), columns.tolist(), quantiles.tolist(), strict=True), 1
        ):
            _lay(leaf, number, row, column, _squared_radius(quantile))
        return CanvasMark(np.vstack([BARE, colours.astype(np.uint8)])[leaf])


def _lay(leaf: NDArray[np.uint16], number: int, row: int, column: int, squared: int) -> None:
    """Put a disc on top, touching only the square around it."""
    radius = isqrt(squared)
    top, bottom = max(row - radius, 0), min(row + radius + 1, CANVAS)
    left, right = max(column - radius, 0), min(column + radius + 1, CANVAS)
    if top >= bottom or left >= right:
        return
    down, across = LARGEST - row, LARGEST - column
    near = _SQUARES[down + top : down + bottom, across + left : across + right] <= squared
    np.copyto(leaf[top:bottom, left:right], number, where=near)


def _squared_radius(quantile: int) -> int:
    """Inverse of the distribution function of density r**-3, in integers: 1/r**2 is uniform."""
    low, high = SMALLEST**2, LARGEST**2
    return low * high * SCALE // (high * (SCALE - quantile) + low * quantile)
