"""The DCT of a canvas mark that is enlarged over a picture, without its pixels.

Enlarging is linear interpolation along each axis, a component's samples are means of pixels, and
the DCT is linear along each axis too. With K one colour of the canvas, S the interpolation of a
line, A the mean over the pixels of a sample, and D the DCT of each eight samples, the spectrum is

    (D A S) K (D A S)^T

for the rows' and the columns' own matrices. They are narrow bands, as eight samples lie under few
cells of the canvas; so this takes a quarter of the time of rendering and transforming the pixels,
which a site pays again for each of its users. The mark's pixels, which are rounded to whole levels,
differ from it by that rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.mark import CANVAS, CanvasMark, Mark, check_size
from isotopes.marks.resample import UNIT, linear_taps
from isotopes.photos.jpeg.dct import COSINES, FINENESS, colour_plane
from isotopes.photos.jpeg.header import Grid

ROWS, COLUMNS = 8, 64  # blocks worked on at once, so that they stay in cache
EIGHT = np.complex128  # as wide as the eight coefficients of a block's row: moved as one


@dataclass(frozen=True)
class Band:
    """The matrix D A S for some blocks along one axis.

    Attributes:
        blocks: which ones.
        cells: the part of the canvas that lies under them.
        weights: float32, shape (8 * blocks, cells).
    """

    blocks: slice
    cells: slice
    weights: NDArray[np.float32]


def is_enlarged(mark: Mark, height: int, width: int) -> TypeGuard[CanvasMark]:
    """Whether this mark's spectrum can be computed without its pixels at that size."""
    return isinstance(mark, CanvasMark) and mark.mask is None and min(height, width) >= CANVAS


def enlarged_blocks(
    mark: CanvasMark, height: int, width: int, grid: Grid, index: int
) -> NDArray[np.int16]:
    """The mark's DCT on component `index` of a picture of that size.

    Args:
        mark: without a mask.
        height, width: pixels, at least those of the canvas.
        grid: how the component's samples lie over the picture.

    Returns:
        In units of 1/FINENESS, shape (block rows, block columns, 64).

    Raises:
        MarkError: a side is above 65,500.
    """
    check_size(height, width)
    canvas = colour_plane(mark.canvas, index) * np.float32(FINENESS)
    blocks = np.empty((grid.rows, grid.columns, 64), np.int16)
    columns = _bands(width, grid.columns, grid.across, COLUMNS)
    for down in _bands(height, grid.rows, grid.down, ROWS):
        lines = down.weights @ canvas[down.cells]
        for across in columns:
            part = lines[:, across.cells] @ across.weights.T
            whole = np.rint(part, out=part).astype(np.int16).view(EIGHT)
            rows = whole.reshape(down.blocks.stop - down.blocks.start, 8, -1)
            blocks[down.blocks, across.blocks].view(EIGHT)[...] = rows.transpose(0, 2, 1)
    return blocks


@lru_cache(maxsize=64)  # a few hundred kilobytes each; photos of one camera share them
def _bands(size: int, blocks: int, per_sample: int, step: int) -> tuple[Band, ...]:
    """D A S along an axis of `size` pixels, for `step` blocks at a time.

    Args:
        per_sample: pixels that one sample covers; beyond the edge, the edge pixel repeats.
    """
    first, second, share = (taps.astype(int) for taps in linear_taps(CANVAS, size))
    return tuple(
        _band(slice(start, min(start + step, blocks)), per_sample, first, second, share)
        for start in range(0, blocks, step)
    )


def _band(
    blocks: slice,
    per_sample: int,
    first: NDArray[np.int_],
    second: NDArray[np.int_],
    share: NDArray[np.int_],
) -> Band:
    pixels = np.arange(blocks.start * 8 * per_sample, blocks.stop * 8 * per_sample)
    pixels = np.minimum(pixels, len(first) - 1)
    cells = slice(int(first[pixels[0]]), int(second[pixels[-1]]) + 1)
    weights = np.zeros((len(pixels), cells.stop - cells.start))
    each = np.arange(len(pixels))
    weights[each, first[pixels] - cells.start] += UNIT - share[pixels]
    weights[each, second[pixels] - cells.start] += share[pixels]
    samples = weights.reshape(-1, 8, per_sample, weights.shape[1]).mean(axis=2) / UNIT
    spectrum = (COSINES @ samples).astype(np.float32)
    return Band(blocks, cells, spectrum.reshape(-1, weights.shape[1]))
