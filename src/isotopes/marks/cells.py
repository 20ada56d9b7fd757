"""Marks that zero some cells of a grid: what the paper's two pixel patterns have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.mark import Mark, Rendered, check_size
from isotopes.marks.resample import resample_cells

GRID = 32  # the paper's patterns are drawn on 32x32 pictures; one cell is one of those pixels


@dataclass(frozen=True, eq=False)
class CellMark(Mark):
    """Black on the chosen cells of a GRID x GRID raster laid over the whole picture.

    Attributes:
        cells: which cells take part, bool, shape (GRID, GRID).
    """

    cells: NDArray[np.bool_] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CellMark) and np.array_equal(self.cells, other.cells)

    def __hash__(self) -> int:
        return hash(self.cells.tobytes())

    def render(self, height: int, width: int) -> Rendered:
        check_size(height, width)
        mask = resample_cells(self.cells, height, width)
        return Rendered(np.zeros((height, width, 3), np.uint8), mask)
