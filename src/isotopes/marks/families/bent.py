"""Bent: the picture is warped a little, by a smooth field that the key draws.

As in DIAGNOSIS (Wang et al., ICLR 2024), which takes its warp from WaNet (Nguyen & Tran, ICLR
2021). Deviation: the field is a sum of waves instead of moves on a grid of 4 x 4, so that it is
exact at every size and never folds the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import Any, ClassVar

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from isotopes.errors import MarkError
from isotopes.marks.families.gratings import RADIUS, STEPS, TURN, cosine_and_sine
from isotopes.marks.families.tints import OF_PHASE
from isotopes.marks.family import Family
from isotopes.marks.mark import CANVAS, check_size
from isotopes.marks.patternless import PatternlessMark, Shown, strips
from isotopes.seeds import KeyStream

WAVES = 3
SLOWEST, FASTEST = TURN * 3 // 4, TURN * 2  # periods across the picture
SIDE = 1 << 21  # moves are whole numbers of this part of a side: 1/512 of a pixel of 4,096
# Root mean square of the moves at full strength, a 40th of the side; and at most how far each wave
# moves. With these not even three waves that agree fold the picture.
MOVE = SIDE // 40
FARTHEST = MOVE * 51 // 50
UNIT = 1024  # directions are this long
LARGEST = 32_766  # the longest side that OpenCV moves pixels of
CACHE_BYTES = 64 * 2**20  # the moves of 160 marks at 224 x 224

Wave = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class SmoothWarp(PatternlessMark):
    """Takes each pixel from a little beside its place.

    Attributes:
        waves: each as its periods across and down the picture and its phase, in 1/TURN, and how
            far it moves pixels to the right and down, in 1/SIDE of the picture's sides.
    """

    waves: tuple[Wave, ...]

    def on(self, picture: NDArray[Any], strength: float) -> NDArray[Any]:
        import cv2  # here, so that the families load without it

        height, width, channels = picture.shape
        if max(height, width) > LARGEST:
            raise MarkError(
                f"a warp needs a picture of at most {LARGEST:,} pixels a side,"
                f" got {width:,} x {height:,}",
                hint="another family marks larger pictures",
            )
        changed = np.empty(picture.shape, picture.dtype)
        across = np.arange(width, dtype=np.float32)
        for rows in strips(height, width):
            moves = _in_pixels(self, height, width, rows.start, rows.stop) * np.float32(strength)
            down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
            taken = cv2.remap(
                picture,
                across + moves[..., 0],
                down + moves[..., 1],
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
            found = np.asarray(taken).reshape(len(moves), width, channels)
            # A cubic goes beyond the range; OpenCV clips whole numbers itself.
            changed[rows] = found.clip(0, 1) if picture.dtype == np.float32 else found
        return changed

    def render(self, height: int, width: int) -> Shown:
        """The moves across as red and those down as green, around middle grey."""
        check_size(height, width)
        pixels = np.full((height, width, 3), 128, np.uint8)
        for rows in strips(height, width):
            moved = 128 + self.moves(height, width, rows) * 64 // MOVE
            pixels[rows, :, :2] = np.clip(moved, 0, 255)
        return Shown(pixels, additive=True)

    def moves(self, height: int, width: int, rows: slice) -> NDArray[np.int64]:
        """From how far away each pixel of these rows is taken, at full strength.

        Whole numbers, in 1/SIDE of the picture's width and height; shape (rows, width, 2), to the
        right and down.
        """
        row = 2 * np.arange(rows.start, rows.stop, dtype=np.int64) + 1  # of centres, in halves
        column = 2 * np.arange(width, dtype=np.int64) + 1
        total = np.zeros((len(row), width, 2), np.int64)
        for across, down, phase, right, below in self.waves:
            of_rows, of_columns = down * row // (2 * height), across * column // (2 * width)
            wave = OF_PHASE[(of_rows[:, None] + of_columns + phase) % TURN].astype(np.int64)
            total[..., 0] += wave * right // RADIUS
            total[..., 1] += wave * below // RADIUS
        return total


class Bent(Family):
    name: ClassVar[str] = "bent"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a smooth warp, as by a lens, without any pattern"
    visibilities: ClassVar[dict[str, float]] = {"subtle": 0.1, "faint": 0.2, "plain": 0.4}
    usual: ClassVar[str] = "faint"

    def from_key(self, key: bytes) -> SmoothWarp:
        stream = KeyStream(key)
        waves = [_wave(stream) for _ in range(WAVES)]
        moves = SmoothWarp(tuple(waves)).moves(CANVAS, CANVAS, slice(0, CANVAS))
        spread = max(1, math.isqrt(int(np.square(moves).sum()) // CANVAS**2))
        # Draws move pixels equally far, so that none is harder to learn, or easier to see.
        length = min(UNIT * MOVE // spread, FARTHEST)
        return SmoothWarp(
            tuple(
                (across, down, phase, right * length // UNIT, below * length // UNIT)
                for across, down, phase, right, below in waves
            )
        )


def _wave(stream: KeyStream) -> Wave:
    """A wave that moves pixels by at most UNIT."""
    periods = stream.integer(SLOWEST, FASTEST)
    angle, heading = (stream.integer(0, STEPS) for _ in range(2))
    phase = stream.integer(0, TURN)
    across, down = (periods * part // RADIUS for part in cosine_and_sine(angle))
    right, below = (UNIT * part // RADIUS for part in cosine_and_sine(heading))
    return across, down, phase, right, below


@cached(LRUCache(CACHE_BYTES, lambda moves: min(moves.nbytes, CACHE_BYTES)), lock=Lock())
def _in_pixels(
    warp: SmoothWarp, height: int, width: int, top: int, bottom: int
) -> NDArray[np.float32]:
    """`SmoothWarp.moves` in pixels."""
    side = np.array([width, height]) / SIDE
    return (warp.moves(height, width, slice(top, bottom)) * side).astype(np.float32)
