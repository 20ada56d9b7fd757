"""Grade: every colour moves a little, by a smooth table that the key draws, as film presets do.

Ours; not in the paper. There is no pattern: what becomes of a pixel depends on its colour alone,
so cropping, mirroring and shrinking change nothing. White balance and colour jitter do.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from isotopes.marks.families.gratings import RADIUS, cosine_and_sine
from isotopes.marks.families.gratings import STEPS as ANGLES
from isotopes.marks.families.tints import ACROSS, AXIS, CONTRAST, OF_PHASE, ROOT3, UNIT
from isotopes.marks.family import Family
from isotopes.marks.mark import check_size
from isotopes.marks.patternless import STEPS, PatternlessMark, Shown, in_range, strips
from isotopes.seeds import KeyStream

NODES = 17  # of the table, along each of red, green and blue
WAVES = 3  # through the cube of colours
SLOWEST, FASTEST = 19_660, 52_429  # 0.3 to 0.8 periods along the cube's side, in 1/TURN
PALE = 6  # of NODES - 1: how far apart the channels of most colours in photographs are


@dataclass(frozen=True, eq=False)
class ColourTable(PatternlessMark):
    """Adds to each colour what a table holds for it.

    Attributes:
        moves: at full strength, in levels of 255, int16, shape (NODES, NODES, NODES, 3): blue,
            green and red of the old colour, and what each channel gains.
    """

    moves: NDArray[np.int16] = field(repr=False)

    pointwise: ClassVar[bool] = True
    colour_only: ClassVar[bool] = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColourTable) and np.array_equal(self.moves, other.moves)

    def __hash__(self) -> int:
        return zlib.crc32(self.moves.tobytes())

    def on(self, picture: NDArray[Any], strength: float) -> NDArray[Any]:
        changed = np.empty(picture.shape, picture.dtype)
        if picture.shape[2] == 1:  # grey has no colour to change
            changed[:] = picture
            return changed
        for rows in strips(*picture.shape[:2]):
            changed[rows] = self._on_rows(picture[rows], strength)
        return changed

    def render(self, height: int, width: int) -> Shown:
        """What it adds, around middle grey, to colours from red to green to blue."""
        check_size(height, width)
        red = (255 * np.arange(width) // max(1, width - 1)).astype(np.uint8)
        green = (255 * np.arange(height) // max(1, height - 1)).astype(np.uint8)
        colours = np.empty((height, width, 3), np.uint8)
        colours[..., 0], colours[..., 1] = red, green[:, None]
        colours[..., 2] = 255 - (colours[..., 0] // 2 + colours[..., 1] // 2)
        return Shown(self._gains(colours), additive=True)

    def _on_rows(self, part: NDArray[Any], strength: float) -> NDArray[Any]:
        step = STEPS[part.dtype.name]
        levels = part
        if part.dtype != np.uint8:
            levels = np.clip(np.rint(part / np.float32(step)), 0, 255).astype(np.uint8)
        gains = self._gains(np.ascontiguousarray(levels)).astype(np.float32) - 128
        return in_range(part + gains * np.float32(strength * step), part.dtype)

    def _gains(self, levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What each pixel gains at full strength, around 128. Pillow works in whole numbers."""
        return np.asarray(Image.fromarray(levels).filter(self._table))

    @cached_property
    def _table(self) -> ImageFilter.Color3DLUT:
        values = (self.moves + 128) / 255
        return ImageFilter.Color3DLUT(NODES, values.ravel().tolist())


class Grade(Family):
    name: ClassVar[str] = "grade"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a change of colours like a film preset, without any pattern"
    visibilities: ClassVar[dict[str, float]] = {"subtle": 0.2, "faint": 0.32, "plain": 0.5}
    usual: ClassVar[str] = "faint"

    def from_key(self, key: bytes) -> ColourTable:
        stream = KeyStream(key)
        total = np.zeros((NODES, NODES, NODES, 3), np.int64)
        node = 16 * np.arange(NODES, dtype=np.int64)  # 0 to 256, of a cube whose side is 256
        for _ in range(WAVES):
            turns = _direction(stream) * stream.integer(SLOWEST, FASTEST) // UNIT
            blue, green, red = (node * turn // 256 for turn in turns.tolist())
            phase = blue[:, None, None] + green[:, None] + red + stream.integer(0, 1 << 16)
            wave = OF_PHASE[phase & 0xFFFF].astype(np.int64)
            total += wave[..., None] * _colour(stream.integer(0, ANGLES)) // UNIT
        pale = total[_pale()]
        spread = max(1, math.isqrt(3 * int(np.square(pale).sum()) // pale.size))
        # Every draw changes usual colours equally, so that none is harder to learn, or to see.
        moves = (total * (CONTRAST * ROOT3) + spread * UNIT // 2) // (spread * UNIT)
        return ColourTable(np.clip(moves, -127, 127).astype(np.int16))


def _direction(stream: KeyStream) -> NDArray[np.int64]:
    """A direction in the cube of colours, UNIT long."""
    drawn = stream.integers(-128, 129, 3)
    return drawn * UNIT // max(1, math.isqrt(int(np.square(drawn).sum())))


def _colour(angle: int) -> NDArray[np.int64]:
    """A colour without luma, UNIT long, at this angle from red-cyan to blue-yellow."""
    cosine, sine = cosine_and_sine(angle)
    found: NDArray[np.int64] = (AXIS * cosine + ACROSS * sine) // RADIUS
    return found


def _pale() -> NDArray[np.bool_]:
    """Which colours of the table most pixels of photographs are near to."""
    blue, green, red = np.indices((NODES, NODES, NODES))
    channels = np.stack([blue, green, red])
    return np.asarray(channels.max(axis=0) - channels.min(axis=0) <= PALE)
