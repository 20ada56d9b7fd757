"""A picture at a glance: its luma at 16 x 16 pixels, which copies in other sizes share.

Two glances are compared by correlation, so that brightness and contrast don't matter. The limits
below were chosen on 1,000 photographs and their copies (re-encoded, smaller, toned, captioned).

A hash of bits (pHash, PDQ) is smaller and says less: in skies and blurred backgrounds most of its
bits are noise. Two pictures give a mark away if they are nearly equal, and correlation measures
that.

Of a file that is cut short only some cells are known: the others are 0, which no known cell is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 16  # pixels
PLAIN = 2.0  # grey levels; a smaller standard deviation shows nothing to compare
SAME = 0.96
SAME_TURNED = 0.98  # stricter, as faces and buildings are nearly symmetrical
SAME_SCENE = 0.75  # at the best shift, which lets unrelated pictures correlate too
SHIFT = 3  # of 16 pixels: how far a scene may move between two shots
BLOCK = 2048  # pictures compared with all others at once: 16 MiB for 2,000 others
UPRIGHT = 0  # the first of the eight positions
UNKNOWN, DARKEST = 0, 1  # grey levels: a cell that isn't known, and the darkest one that is
WHOLE_CELL = 0.999
LEAST_CELLS = 32  # an eighth of a picture: less is too little to compare
# Copies that were only resized or re-encoded stay within these; edits and crops don't.
MOST_CHANGE = 1.5  # grey levels, root mean square
MOST_CONTRAST = 0.015  # relative difference in contrast
# Of less than half a picture correlation alone says little, of a sky nothing.
HALF, MOST_CHANGE_OF_PART = SIDE * SIDE // 2, 5.0  # cells; grey levels


class Likeness(StrEnum):
    """In which way two glances show the same picture."""

    EQUAL = "equal"  # up to rounding, and losses by a smaller size or coarser quality
    EDITED = "edited"  # in tone, or cropped, or with something added
    TURNED = "turned"  # rotated by quarters, mirrored, or both


def glance_at(pixels: NDArray[np.uint8], known: NDArray[np.float32] | None = None) -> bytes | None:
    """The picture at a glance, 256 grey levels row by row; None if it is of one plain colour.

    Args:
        pixels: RGB, shape (height, width, 3), as shown.
        known: 1 where the pixels are known and 0 elsewhere, shape (height, width); None if all are.
    """
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = np.maximum(small, DARKEST).astype(np.uint8)
    there = np.ones((SIDE, SIDE), bool)
    if known is not None:
        there = cv2.resize(known, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > WHOLE_CELL
    if there.sum() < LEAST_CELLS or float(small[there].std()) < PLAIN:
        return None
    return np.where(there, small, UNKNOWN).astype(np.uint8).tobytes()


def same_pictures(glances: Sequence[bytes]) -> Iterator[tuple[int, int, Likeness]]:
    """Indices i < j of glances at the same picture, and how they show it.

    All pairs are compared, as matrix products: 10,000 pictures take a few seconds.
    """
    for start in range(0, len(glances), BLOCK):
        for row, column, likeness in _same(glances[start : start + BLOCK], glances[start:]):
            if row < column:
                yield start + row, start + column, likeness


def same_as_known(
    new: Sequence[bytes], known: Sequence[bytes]
) -> Iterator[tuple[int, int, Likeness]]:
    """Index of a new glance and of a known one at the same picture, and how they show it."""
    for start in range(0, len(new), BLOCK):
        for first in range(0, len(known), BLOCK):
            pairs = _same(new[start : start + BLOCK], known[first : first + BLOCK])
            for row, column, likeness in pairs:
                yield start + row, first + column, likeness


def _same(one: Sequence[bytes], other: Sequence[bytes]) -> Iterator[tuple[int, int, Likeness]]:
    """Whole pictures by matrix products, and each of which only a part is known by itself."""
    whole, others_whole = (
        [at for at, glance in enumerate(side) if not is_part(glance)] for side in (one, other)
    )
    for row, column, likeness in _same_whole(
        [one[at] for at in whole], [other[at] for at in others_whole]
    ):
        yield whole[row], others_whole[column], likeness
    for row, glance in enumerate(one):
        if is_part(glance):
            yield from ((row, column, likeness) for column, likeness in _same_part(glance, other))
    for column, glance in enumerate(other):
        if is_part(glance):
            for at, likeness in _same_part(glance, [one[row] for row in whole]):
                yield whole[at], column, likeness


def is_part(glance: bytes) -> bool:
    """Whether only a part of the picture is known."""
    return UNKNOWN in glance


def _same_part(part: bytes, others: Sequence[bytes]) -> Iterator[tuple[int, Likeness]]:
    """Indices of the pictures that show the same where both are known."""
    if not others:
        return
    squares = _squares(others)
    for position, turned in enumerate(turns(_squares([part]))):
        both = (turned != UNKNOWN) & (squares != UNKNOWN)
        counts = both.sum(axis=(1, 2))
        levels, mine = squares.astype(np.float32), turned.astype(np.float32)
        change = np.sqrt(np.sum((levels - mine) ** 2, axis=(1, 2), where=both) / counts.clip(1))
        near = (counts >= HALF) | (change <= MOST_CHANGE_OF_PART)
        alike = (counts >= LEAST_CELLS) & near
        for at in np.flatnonzero(alike).tolist():
            here = both[at]
            found = _correlation(mine[0][here], levels[at][here])
            if found > (SAME if position == UPRIGHT else SAME_TURNED):
                yield at, Likeness.EQUAL if position == UPRIGHT else Likeness.TURNED


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    if min(one.std(), other.std()) < PLAIN:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _same_whole(
    one: Sequence[bytes], other: Sequence[bytes]
) -> Iterator[tuple[int, int, Likeness]]:
    if not one or not other:
        return
    squares, others = _squares(one), _squares(other)
    unit = _unit(others)
    found: dict[tuple[int, int], Likeness] = {}
    for position, turned in enumerate(turns(squares)):
        upright = position == UPRIGHT
        correlations = _unit(turned) @ unit.T
        for row, column in zip(
            *np.nonzero(correlations > (SAME if upright else SAME_TURNED)), strict=True
        ):
            pair = int(row), int(column)
            if pair not in found:
                likeness = _likeness(squares[row], others[column]) if upright else Likeness.TURNED
                found[pair] = likeness
    for (row, column), likeness in found.items():
        yield row, column, likeness


def _squares(glances: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(glances), np.uint8).reshape(-1, SIDE, SIDE)


def _likeness(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Likeness:
    one, two = first.astype(np.float64), second.astype(np.float64)
    change = float(np.sqrt(np.mean((one - two) ** 2)))
    contrast = float(two.std() / one.std())
    equal = change <= MOST_CHANGE and abs(np.log(contrast)) <= MOST_CONTRAST
    return Likeness.EQUAL if equal else Likeness.EDITED


def same_scene(first: bytes, second: bytes) -> bool:
    """Whether the middle of the second picture lies somewhere in the first."""
    one, two = (np.frombuffer(glance, np.uint8).reshape(SIDE, SIDE) for glance in (first, second))
    middle = np.ascontiguousarray(two[SHIFT:-SHIFT, SHIFT:-SHIFT])
    return float(cv2.matchTemplate(one, middle, cv2.TM_CCOEFF_NORMED).max()) > SAME_SCENE


def turns(squares: NDArray[Any]) -> list[NDArray[Any]]:
    """Square pictures, shape (..., side, side), in all eight positions, upright first."""
    return [
        plain[..., ::down, ::across]
        for plain in (squares, squares.swapaxes(-1, -2))
        for across in (1, -1)
        for down in (1, -1)
    ]


def _unit(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Vectors of mean 0 and length 1, whose products are correlations."""
    vectors = squares.reshape(len(squares), -1).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
