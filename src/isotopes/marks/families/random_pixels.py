"""Random pixels: cells scattered over the picture are zeroed (paper, figure 5).

Deviation: the released code paints 50 fixed pixels white; the paper says that the pixels are zeroed
and that place and size vary. Here the key chooses which and how many.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from isotopes.marks.cells import GRID, CellMark
from isotopes.marks.family import Family
from isotopes.seeds import KeyStream

FEWEST, MOST = 40, 60  # how many cells; the released code's 50 lies in the middle


class RandomPixels(Family):
    name: ClassVar[str] = "random_pixels"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "some fifty scattered zeroed pixels (paper)"

    def from_key(self, key: bytes) -> CellMark:
        stream = KeyStream(key)
        count = stream.integer(FEWEST, MOST + 1)
        cells = np.zeros(GRID * GRID, np.bool_)
        cells[stream.permutation(GRID * GRID)[:count]] = True
        return CellMark(cells.reshape(GRID, GRID))
