"""A mark as a JPEG sees it: the DCT of its luma and chroma, on each component's own samples.

A component with fewer samples than pixels takes the mean over the pixels that a sample covers, as
encoders do. So does the mask, which becomes a weight for each sample there.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from isotopes.marks import Mark, Rendered
from isotopes.photos.jpeg.dct import BASIS, FINENESS, colour_plane
from isotopes.photos.jpeg.enlarged import enlarged_blocks, is_enlarged
from isotopes.photos.jpeg.header import Grid

CACHE_BYTES = 64 * 2**20  # a 12-megapixel photo with halved chroma takes 36 MB
STRIP = 16  # block rows worked on at once, so that they stay in cache


@dataclass(frozen=True)
class Boundary:
    """The partly masked blocks of a component.

    Attributes:
        where: their rows and their columns, each of shape (n,).
        weights: how much of each sample the mask covers, float32 in [0, 1], shape (n, 64).
    """

    where: tuple[NDArray[np.intp], NDArray[np.intp]]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Spectrum:
    """A mark's DCT on one component.

    Attributes:
        blocks: DCT of mark times mask in units of 1/FINENESS, int16, shape (block rows, block
            columns, 64).
        inside: which blocks the mask wholly covers, bool, shape (block rows, block columns).
        boundary: the blocks that it partly covers. Both None if the mark has no mask.
    """

    blocks: NDArray[np.int16]
    inside: NDArray[np.bool_] | None = None
    boundary: Boundary | None = None


def _weight(found: tuple[Spectrum, ...]) -> int:
    size = sum(spectrum.blocks.nbytes for spectrum in found)
    return min(size, CACHE_BYTES)  # a larger one is kept too, alone: the next photo may need it


@cached(LRUCache(CACHE_BYTES, _weight), lock=Lock())
def spectra(mark: Mark, height: int, width: int, grids: tuple[Grid, ...]) -> tuple[Spectrum, ...]:
    """The mark's spectrum on each component of a picture of that size.

    Args:
        grids: that of luma alone, or those of luma and both chroma components.

    Raises:
        MarkError: the mark can't be rendered at this size.
    """
    if is_enlarged(mark, height, width):
        return tuple(
            Spectrum(enlarged_blocks(mark, height, width, grid, index))
            for index, grid in enumerate(grids)
        )
    rendered = mark.render(height, width)
    return tuple(_spectrum(rendered, grid, index) for index, grid in enumerate(grids))


def _spectrum(rendered: Rendered, grid: Grid, index: int) -> Spectrum:
    blocks = np.empty((grid.rows, grid.columns, 64), np.int16)
    inside = None if rendered.mask is None else np.empty((grid.rows, grid.columns), np.bool_)
    places, weights = [], []
    for top in range(0, grid.rows, STRIP):
        rows = slice(top, min(top + STRIP, grid.rows))
        under = slice(rows.start * 8 * grid.down, rows.stop * 8 * grid.down)
        plane = _continued(colour_plane(rendered.pixels[under], index), grid, rows)
        if rendered.mask is not None and inside is not None:
            mask = _continued(rendered.mask[under].astype(np.float32), grid, rows)
            plane *= mask
            covered = _blocks(mask, grid)
            inside[rows] = covered.min(axis=2) == 1
            partly = (covered.max(axis=2) > 0) & ~inside[rows]
            places.append(np.argwhere(partly) + (top, 0))
            weights.append(covered[partly])
        spectrum = _blocks(plane, grid).reshape(-1, 64) @ BASIS.T
        blocks[rows] = np.rint(spectrum * FINENESS).reshape(-1, grid.columns, 64)
    if inside is None:
        return Spectrum(blocks)
    where = np.concatenate(places).T
    return Spectrum(blocks, inside, Boundary((where[0], where[1]), np.concatenate(weights)))


def _continued(plane: NDArray[np.float32], grid: Grid, rows: slice) -> NDArray[np.float32]:
    """The pixels under these block rows; beyond the edge, edge pixels repeat, as in encoders."""
    below = (rows.stop - rows.start) * 8 * grid.down - plane.shape[0]
    right = grid.columns * 8 * grid.across - plane.shape[1]
    return np.asarray(
        cv2.copyMakeBorder(plane, 0, below, 0, right, cv2.BORDER_REPLICATE), np.float32
    )


def _blocks(plane: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """From pixels to samples, each the mean of its pixels: (block rows, block columns, 64)."""
    height, width = plane.shape[0] // grid.down, plane.shape[1] // grid.across
    samples = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    split = np.asarray(samples, np.float32).reshape(height // 8, 8, width // 8, 8)
    return split.transpose(0, 2, 1, 3).reshape(height // 8, width // 8, 64)
