"""Gratings: sinusoids of random direction, frequency, phase and colour, added up.

Ours; not in the paper. Broad smooth waves survive shrinking, recompression and cropping, and a
convolutional network picks up orientation and colour contrast before anything else.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.family import Family
from isotopes.marks.mark import CANVAS, CanvasMark
from isotopes.marks.product import exact_product
from isotopes.seeds import KeyStream

WAVES = 12  # with four, some draws were learned far worse than others
CONTRAST = 94  # root mean square of the levels around 128, before levels out of range saturate
TURN = 1 << 16  # one full period, in phase steps
LOWEST, HIGHEST = 2, 7  # periods across the picture
STEPS = 1024  # entries of the sine table
RADIUS = 32_766  # of the circle that its sines are of
# Rounded sines: the table holds no value near a rounding boundary, so every libm gives these bytes.
SINE = np.array([round(RADIUS * math.sin(2 * math.pi * i / STEPS)) for i in range(STEPS)], np.int64)


class Gratings(Family):
    name: ClassVar[str] = "gratings"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "coloured waves of random direction and frequency"

    def from_key(self, key: bytes) -> CanvasMark:
        stream = KeyStream(key)
        rows, columns, colours = [], [], []
        place = np.arange(CANVAS, dtype=np.int64)
        for _ in range(WAVES):
            angle = stream.integer(0, STEPS)
            periods = stream.integer(LOWEST * TURN, HIGHEST * TURN)
            phase = stream.integer(0, TURN)
            colours.append(_of_one_length(stream.integers(-128, 129, 3).astype(np.int64)))
            # Phase steps per canvas pixel along each axis, as integers.
            across, down = (periods * part // (RADIUS * CANVAS) for part in cosine_and_sine(angle))
            rows.append(_sine_and_cosine(place * down))
            columns.append(_sine_and_cosine(place * across + phase)[::-1])
        total = _sum_of_waves(np.array(rows), np.array(columns), np.array(colours))
        spread = math.isqrt(int(np.square(total).sum()) // total.size)
        # Every draw has the same contrast, so that none is harder to learn, or easier to see.
        levels = np.floor(total * CONTRAST / max(1, spread)) + 128
        return CanvasMark(np.clip(levels, 0, 255).astype(np.uint8))


def cosine_and_sine(angle: int) -> tuple[int, int]:
    """Of an angle in 1/STEPS of a turn, for a circle of RADIUS."""
    return int(SINE[(angle + STEPS // 4) % STEPS]), int(SINE[angle % STEPS])


def _of_one_length(colour: NDArray[np.int64]) -> NDArray[np.int64]:
    """The direction in colour space as integers, 256 long: no wave is fainter than another."""
    return colour * 256 // max(1, math.isqrt(int(np.sum(colour * colour))))


def _sine_and_cosine(phase: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of phases in steps of 1/TURN of a period, shape (2, n)."""
    step = (phase & (TURN - 1)) * STEPS // TURN
    return np.stack([SINE[step], SINE[(step + STEPS // 4) % STEPS]])


def _sum_of_waves(
    rows: NDArray[np.int64], columns: NDArray[np.int64], colours: NDArray[np.int64]
) -> NDArray[np.float64]:
    """sin(r + c) = sin(r) cos(c) + cos(r) sin(c), times the colours: whole numbers, (n, n, 3).

    Neither these sums nor those of the squares of what is returned reach 2**53, so that they are
    exact in any order.

    Args:
        rows: sines and cosines of the phases down the picture, shape (waves, 2, n).
        columns: cosines and sines of those across it, shape (waves, 2, n).
        colours: shape (waves, 3).
    """
    left = rows.reshape(-1, CANVAS).T.astype(np.float64)
    coloured = columns[..., None] * colours[:, None, None, :]  # (waves, 2, n, 3)
    right = coloured.reshape(-1, CANVAS * 3).astype(np.float64)
    found: NDArray[np.float64] = np.floor(exact_product(left, right) / (1 << 28))
    return found.reshape(CANVAS, CANVAS, 3)
