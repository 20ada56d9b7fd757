"""The short way to a canvas's spectrum against the long one: render, take means, transform."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft

from isotopes.errors import MarkError
from isotopes.marks import CANVAS, CanvasMark, get_family
from isotopes.photos.jpeg.dct import CENTRES, COLOURS, FINENESS
from isotopes.photos.jpeg.enlarged import enlarged_blocks, is_enlarged
from isotopes.photos.jpeg.header import Grid

# Rendering rounds to whole levels: an error of 0.29 in each channel, less in their weighted sums.
ROUNDING_RMS, ROUNDING_MOST = 0.25, 2.5


def grid_of(height: int, width: int, across: int, down: int) -> Grid:
    return Grid(across, down, -(-height // (8 * down)), -(-width // (8 * across)))


def long_way(mark: CanvasMark, height: int, width: int, grid: Grid, index: int) -> np.ndarray:
    pixels = mark.render(height, width).pixels.astype(np.float64)
    plane = pixels @ COLOURS[index].astype(np.float64) - CENTRES[index]
    below = grid.rows * 8 * grid.down - height
    right = grid.columns * 8 * grid.across - width
    plane = np.pad(plane, ((0, below), (0, right)), mode="edge")
    samples = plane.reshape(grid.rows * 8, grid.down, grid.columns * 8, grid.across)
    blocks = samples.mean(axis=(1, 3)).reshape(grid.rows, 8, grid.columns, 8)
    spectrum = scipy.fft.dctn(blocks, axes=(1, 3), norm="ortho")
    return spectrum.transpose(0, 2, 1, 3).reshape(grid.rows, grid.columns, 64)


@pytest.mark.parametrize(
    ("height", "width", "across", "down"),
    [
        (256, 256, 1, 1),  # the canvas itself
        (257, 1003, 2, 2),  # blocks that reach over both edges
        (600, 300, 2, 1),
        (300, 640, 1, 2),
        (411, 700, 4, 1),
        (1100, 263, 1, 1),
    ],
)
@pytest.mark.parametrize("index", [0, 1, 2])
def test_as_the_rendered_mark_transformed(
    height: int, width: int, across: int, down: int, index: int
) -> None:
    rng = np.random.default_rng(height)
    mark = CanvasMark(rng.integers(0, 256, (CANVAS, CANVAS, 3), dtype=np.uint8))
    grid = grid_of(height, width, across, down)
    found = enlarged_blocks(mark, height, width, grid, index) / FINENESS
    expected = long_way(mark, height, width, grid, index)
    assert expected.std() > 10
    error = found - expected
    assert np.sqrt((error**2).mean()) < ROUNDING_RMS
    assert np.abs(error).max() < ROUNDING_MOST
    assert abs(error[..., 0].mean()) < 0.1  # no shift


def test_a_flat_canvas_is_exact() -> None:
    mark = CanvasMark(np.full((CANVAS, CANVAS, 3), (10, 200, 30), np.uint8))
    for index in range(3):
        found = enlarged_blocks(mark, 500, 900, grid_of(500, 900, 2, 2), index)
        level = COLOURS[index] @ (10, 200, 30) - CENTRES[index]
        assert (found[..., 0] == np.rint(level * 8 * FINENESS)).all()
        assert (found[..., 1:] == 0).all()


def test_only_where_there_is_no_mask_and_nothing_is_shrunk() -> None:
    plain = get_family("gratings").draw(bytes(32), 0)
    assert is_enlarged(plain, 256, 256)
    assert not is_enlarged(plain, 255, 4000)
    masked = get_family("image_blend").draw(bytes(32), 0)
    assert not is_enlarged(masked, 4000, 4000)
    assert isinstance(plain, CanvasMark)
    with pytest.raises(MarkError, match="65500"):
        enlarged_blocks(plain, 70_000, 300, grid_of(70_000, 300, 1, 1), 0)
