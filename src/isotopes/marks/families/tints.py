"""Tints: broad waves, blobs or checks of one colour direction, red against cyan, added faintly.

Ours; not in the paper. Faint marks are limited by keys that look alike to a network, so the key
draws the kind of pattern too. All kinds share a colour direction that hardly changes the picture's
luma and that SSIMULACRA 2 penalises least of all directions tried (docs/marks.md). The mark is
added: the picture keeps its contrast, and all of the change carries the mark.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.families.gratings import RADIUS, SINE, STEPS, TURN, cosine_and_sine
from isotopes.marks.family import Family
from isotopes.marks.mark import CANVAS, CanvasMark
from isotopes.seeds import KeyStream

CONTRAST = 20  # root mean square of the levels around 128: no draw reaches 0 or 255
COSINE = np.roll(SINE, -STEPS // 4)
OF_PHASE = np.repeat(COSINE, TURN // STEPS).astype(np.int32)  # the cosine of every phase
UNIT = 1024  # colours are this long
ROOT3 = 1774  # sqrt(3) * UNIT: one direction holds what three channels have on average
AXIS = np.array([866, -361, -410])  # red against cyan, at a constant luma
ACROSS = np.array([-299, 331, -922])  # blue against yellow, at right angles to it, as well
LEAN = 142  # of UNIT, towards ACROSS: 8 degrees
SLOWEST, FASTEST = TURN * 3 // 2, TURN * 9 // 2  # a period and a half across the picture, to 4.5
BANDS = ((64, 102), (102, 160), (160, 224), (224, 288))  # periods of waves, in 64ths: 1 to 4.5

Wave = tuple[int, int, int]  # across and down the picture, in 1/TURN of a period, and the phase


class Tints(Family):
    name: ClassVar[str] = "tints"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a faint change of colour in waves, blobs or checks (default)"
    visibilities: ClassVar[dict[str, float]] = {"subtle": 0.2, "faint": 0.32, "plain": 0.5}
    usual: ClassVar[str] = "faint"

    def from_key(self, key: bytes) -> CanvasMark:
        stream = KeyStream(key)
        kind = KINDS[stream.integer(0, len(KINDS))]
        colour = AXIS + ACROSS * stream.integer(-LEAN, LEAN + 1) // UNIT
        # Whole numbers below 2**53, which float64 holds exactly and divides faster than int64.
        pattern = _sum_of_waves(kind(stream)).astype(np.float64)
        spread = max(1, math.isqrt(int(np.vdot(pattern, pattern)) // pattern.size))
        # Every draw has the same contrast, so that none is harder to learn, or easier to see.
        unit = spread * UNIT * UNIT
        canvas = np.empty((CANVAS, CANVAS, 3), np.uint8)
        for channel, length in enumerate(colour * (CONTRAST * ROOT3)):
            # A quotient that isn't whole is at least 1/unit off: rounding doesn't make it so.
            levels = np.floor((pattern * length + unit // 2) / unit) + 128
            canvas[..., channel] = np.clip(levels, 0, 255)
        return CanvasMark(canvas, additive=True)


def _wave(stream: KeyStream) -> list[Wave]:
    """Two waves of nearly one direction: they beat."""
    low, high = BANDS[stream.integer(0, len(BANDS))]
    angle = stream.integer(0, STEPS)
    return [
        _drawn(
            stream,
            stream.integer(low * TURN // 64, high * TURN // 64),
            angle + stream.integer(-28, 29),
        )
        for _ in range(2)
    ]


def _blob(stream: KeyStream) -> list[Wave]:
    """Eight waves of about one length in all directions."""
    periods = _ring(stream)
    return [
        _drawn(stream, periods * stream.integer(880, 1188) // 1024, stream.integer(0, STEPS))
        for _ in range(8)
    ]


def _plaid(stream: KeyStream) -> list[Wave]:
    """Two waves that cross."""
    periods = _ring(stream)
    angle = stream.integer(0, STEPS)
    first = _drawn(stream, periods, angle)
    crossing = angle + STEPS // 4 + stream.integer(-81, 82)
    return [first, _drawn(stream, periods * stream.integer(512, 1025) // 1024, crossing)]


KINDS: tuple[Callable[[KeyStream], list[Wave]], ...] = (_wave, _blob, _plaid)


def _ring(stream: KeyStream) -> int:
    """Periods across the picture, uniform over the ring of frequencies in the plane."""
    return math.isqrt(stream.integer(SLOWEST**2 >> 8, FASTEST**2 >> 8) << 8)


def _drawn(stream: KeyStream, periods: int, angle: int) -> Wave:
    across, down = (periods * part // RADIUS for part in cosine_and_sine(angle))
    return across, down, stream.integer(0, TURN)


def _sum_of_waves(waves: list[Wave]) -> NDArray[np.int32]:
    """The waves added up, whole numbers, shape (CANVAS, CANVAS), each up to 32,766."""
    place = 2 * np.arange(CANVAS, dtype=np.int64) + 1  # of pixel centres, in halves
    total = np.zeros((CANVAS, CANVAS), np.int32)
    for across, down, phase in waves:
        rows = (down * place // (2 * CANVAS)).astype(np.uint16)
        columns = (across * place // (2 * CANVAS) + phase).astype(np.uint16)
        phases = rows[:, None] + columns  # modulo TURN, which is 2**16
        total += OF_PHASE.take(phases)
    return total
