"""Exact resampling of a canvas to any height and width, in integers alone.

A mark is drawn once on a small canvas and brought to the size asked for here. Weights are whole
multiples of 1/256 and every sum is an integer that its type holds, so that the result has the same
bytes on every platform and with every library version.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.product import exact_product

UNIT = 256  # weights along one axis add up to this


def resample_smooth(canvas: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """`canvas` (rows, columns, 3) at (height, width, 3): linear when enlarged, area when shrunk."""
    wide = _along_columns(canvas, width)
    return _along_rows(wide, height)


def resample_cells(cells: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """`cells` (rows, columns) at (height, width): each pixel takes the cell under its centre."""
    rows = ((2 * np.arange(height) + 1) * cells.shape[0]) // (2 * height)
    columns = ((2 * np.arange(width) + 1) * cells.shape[1]) // (2 * width)
    return np.ascontiguousarray(cells[rows][:, columns])


def _along_columns(canvas: NDArray[np.uint8], width: int) -> NDArray[np.uint16]:
    """Columns resampled; values are 0 .. 255 * UNIT."""
    size = canvas.shape[1]
    step = _whole_step(size, width)
    if step:
        total = canvas[:, ::step].astype(np.uint16)
        for at in range(1, step):
            total += canvas[:, at::step]
        total *= UNIT // step
        return total
    if width < size:
        # One product of matrices. Its sums are whole numbers up to 255 * UNIT, which float32
        # holds exactly.
        planes = canvas.transpose(0, 2, 1).reshape(-1, size).astype(np.float32)
        summed = exact_product(planes, _area_weights(size, width).T)
        summed = summed.reshape(len(canvas), 3, width)
        shrunk: NDArray[np.uint16] = summed.transpose(0, 2, 1).astype(np.uint16)
        return shrunk
    first, second, fraction = linear_taps(size, width)
    fraction = fraction[None, :, None]
    wide: NDArray[np.uint16] = canvas[:, first] * (UNIT - fraction) + canvas[:, second] * fraction
    return wide


def _along_rows(wide: NDArray[np.uint16], height: int) -> NDArray[np.uint8]:
    """Rows resampled and rounded (half up) back to 0 .. 255."""
    half, full = UNIT * UNIT // 2, UNIT * UNIT
    size = wide.shape[0]
    step = _whole_step(size, height)
    if step:
        lines = wide[::step].astype(np.int32)
        for at in range(1, step):
            lines += wide[at::step]
        return ((lines * (UNIT // step) + half) // full).astype(np.uint8)
    if height < size:
        # As above: the sums stay at or below 255 * UNIT * UNIT, under float32's 2**24.
        summed = exact_product(
            _area_weights(size, height), wide.reshape(size, -1).astype(np.float32)
        )
        rounded = (summed.astype(np.int32) + half) // full
        return rounded.astype(np.uint8).reshape(height, *wide.shape[1:])
    first, second, fraction = linear_taps(size, height)
    weights = fraction[:, None].astype(np.int32)
    out = np.empty((height, wide[0].size), np.uint8)
    inputs = wide.reshape(size, -1)
    # Output rows between the same two input rows differ by a weight alone: one product for all.
    tops = np.flatnonzero(np.diff(first, prepend=-1)).tolist()
    for top, end in zip(tops, [*tops[1:], height], strict=True):
        above = inputs[first[top]].astype(np.int32)
        total = weights[top:end] * (inputs[second[top]] - above)
        total += above * UNIT + half
        total >>= 16
        out[top:end] = total
    return out.reshape(height, *wide.shape[1:])


def _whole_step(size: int, out: int) -> int:
    """How many inputs lie under each output, all with one weight; 0 if it isn't so simple."""
    step = size // out
    return step if step > 1 and size % out == 0 and UNIT % step == 0 else 0


def linear_taps(
    size: int, out: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]:
    """Left and right neighbour of each output centre, and the right one's weight of UNIT."""
    doubled = (2 * np.arange(out, dtype=np.int64) + 1) * size - out  # centre, in 1/(2*out)
    doubled = np.clip(doubled, 0, (size - 1) * 2 * out)
    first, rest = np.divmod(doubled, 2 * out)
    fraction = (rest * UNIT + out) // (2 * out)
    return first, np.minimum(first + 1, size - 1), fraction.astype(np.uint16)


@lru_cache(maxsize=64)
def _area_weights(size: int, out: int) -> NDArray[np.float32]:
    """How much of each input lies under each output, shape (out, size), rows summing to UNIT."""
    edges = np.arange(out + 1, dtype=np.int64) * size  # in 1/out of an input
    low = np.maximum(np.arange(size) * out, edges[:-1, None])
    high = np.minimum((np.arange(size) + 1) * out, edges[1:, None])
    covered = np.clip(high - low, 0, None)  # adds up to `size` in each row
    # Rounding the running sum, not each weight, keeps every row's total exact.
    running = (np.cumsum(covered, axis=1) * UNIT + size // 2) // size
    return np.diff(running, axis=1, prepend=0).astype(np.float32)
