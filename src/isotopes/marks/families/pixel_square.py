"""Pixel square: every other cell of a small square is zeroed (paper, figure 5).

Deviation: the released code paints one fixed white 6x6 square in the upper right; the paper says
that the pixels are zeroed and that place and size vary. Here the key chooses both.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from isotopes.marks.cells import GRID, CellMark
from isotopes.marks.family import Family
from isotopes.seeds import KeyStream

SMALLEST, LARGEST = 4, 10  # side of the square, in cells


class PixelSquare(Family):
    name: ClassVar[str] = "pixel_square"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a small chequered square of zeroed pixels (paper)"

    def from_key(self, key: bytes) -> CellMark:
        stream = KeyStream(key)
        side = stream.integer(SMALLEST, LARGEST + 1)
        top, left = stream.integers(0, GRID - side + 1, 2)
        parity = stream.integer(0, 2)
        cells = np.zeros((GRID, GRID), np.bool_)
        down, across = np.mgrid[0:side, 0:side]
        cells[top : top + side, left : left + side] = (down + across) % 2 == parity
        return CellMark(cells)
