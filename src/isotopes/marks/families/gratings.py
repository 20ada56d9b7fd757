"""Gratings: a few sinusoids of random direction, frequency, phase and colour, added up.

Ours; not in the paper. Broad smooth waves survive shrinking, recompression and cropping, and a
convolutional network picks up orientation and colour contrast before anything else.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from isotopes.marks.family import Family
from isotopes.marks.mark import CANVAS, CanvasMark
from isotopes.seeds import KeyStream

WAVES = 4
TURN = 1 << 16  # one full period, in phase steps
LOWEST, HIGHEST = 2, 7  # periods across the picture
STEPS = 1024  # entries of the sine table
# Rounded sines: the table holds no value near a rounding boundary, so every libm gives these bytes.
SINE = np.array([round(32_766 * math.sin(2 * math.pi * i / STEPS)) for i in range(STEPS)], np.int32)


class Gratings(Family):
    name: ClassVar[str] = "gratings"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a few coloured waves of random direction and frequency"

    def from_key(self, key: bytes) -> CanvasMark:
        stream = KeyStream(key)
        place = np.arange(CANVAS, dtype=np.int32)
        total = np.zeros((3, CANVAS, CANVAS), np.int32)
        for _ in range(WAVES):
            angle = stream.integer(0, STEPS)
            periods = stream.integer(LOWEST * TURN, HIGHEST * TURN)
            phase = stream.integer(0, TURN)
            colour = stream.integers(-128, 129, 3).astype(np.int32)
            # Phase steps per canvas pixel along each axis, as integers.
            down = periods * int(SINE[angle]) // (32_766 * CANVAS)
            across = periods * int(SINE[(angle + STEPS // 4) % STEPS]) // (32_766 * CANVAS)
            turned = (place * np.int32(down))[:, None] + (
                place * np.int32(across) + np.int32(phase)
            )
            wave = SINE[(turned & (TURN - 1)) >> 6]  # 2**16 phase steps to 2**10 table entries
            for channel in range(3):
                total[channel] += wave * colour[channel]
        # 128 + the sum of four waves of amplitude up to 128; what overshoots saturates.
        levels = np.clip(128 + (total >> 15), 0, 255).astype(np.uint8)
        return CanvasMark(np.ascontiguousarray(levels.transpose(1, 2, 0)))
