"""What a mark is, and the usual kind: a pattern that renders itself at any size, with its mask."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, ClassVar

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from isotopes.errors import MarkError
from isotopes.marks.resample import resample_cells, resample_smooth

CANVAS = 256  # side, in pixels, of the canvas that smooth marks are drawn on
LARGEST_SIDE = 65_500  # the longest side that JPEG can hold
LUMA = np.array([299, 587, 114])  # ITU-R BT.601
FLAT = 2  # levels: less luma than a grey picture's rounding hides at usual strengths
CACHE_BYTES = 128 * 2**20  # three 12-megapixel renderings, or those of 800 marks at 224 x 224


@dataclass(frozen=True)
class Rendered:
    """A mark at one size.

    Attributes:
        pixels: uint8, shape (height, width, 3), RGB.
        mask: which pixels take part, bool, shape (height, width); None means all of them.
        additive: as the mark's.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.bool_] | None = None
    additive: bool = False

    @property
    def rgb(self) -> NDArray[np.float32]:
        """The pixels as float32 in [0, 1]."""
        return self.pixels.astype(np.float32) / np.float32(255)

    @property
    def full_mask(self) -> NDArray[np.bool_]:
        """The mask, all True if every pixel takes part."""
        if self.mask is None:
            return np.ones(self.pixels.shape[:2], np.bool_)
        return self.mask


class Mark(ABC):
    """A keyed change of pictures: a pattern to put into them, or a `PatternlessMark`.

    Marks are equal when their fields are.

    Class attributes:
        has_pattern: whether there is a pattern, which can be looked for in pictures and mixed with
            others; False for a `PatternlessMark`.

    Attributes:
        additive: the pattern's distance from middle grey is added to the picture; otherwise the
            pattern is blended in, as in the paper. `isotopes.blending.Insertion.of` is the rule.
    """

    has_pattern: ClassVar[bool] = True
    additive: bool = False

    @property
    def colour_only(self) -> bool:
        """Whether the pattern has no luma, so that nothing of it is left in a grey picture."""
        return False

    @abstractmethod
    def render(self, height: int, width: int) -> Rendered:
        """The mark at `height` x `width` pixels.

        Raises:
            MarkError: a side is below 1 or above 65,500.
        """


@dataclass(frozen=True, eq=False)
class CanvasMark(Mark):
    """A mark given by a square picture of its own, stretched over the whole of any picture.

    Attributes:
        canvas: uint8, shape (CANVAS, CANVAS, 3), RGB.
        mask: which canvas pixels take part, bool, shape (CANVAS, CANVAS); None means all.
        additive: as in `Mark`.
    """

    canvas: NDArray[np.uint8] = field(repr=False)
    mask: NDArray[np.bool_] | None = field(default=None, repr=False)
    additive: bool = False

    def __post_init__(self) -> None:
        _check_array("canvas", self.canvas, (CANVAS, CANVAS, 3), np.dtype(np.uint8))
        if self.mask is not None:
            _check_array("mask", self.mask, (CANVAS, CANVAS), np.dtype(np.bool_))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CanvasMark) and self._bytes() == other._bytes()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Cached, as every cache lookup needs it; the same in all processes, for pickles."""
        return zlib.crc32(b"".join(self._bytes()))

    def render(self, height: int, width: int) -> Rendered:
        check_size(height, width)
        mask = None if self.mask is None else resample_cells(self.mask, height, width)
        return Rendered(resample_smooth(self.canvas, height, width), mask, self.additive)

    @cached_property
    def colour_only(self) -> bool:
        luma = self.canvas @ LUMA / LUMA.sum()
        return self.additive and bool(np.abs(luma - 128).max() < FLAT)

    def _bytes(self) -> tuple[bytes, ...]:
        mask = b"" if self.mask is None else self.mask.tobytes()
        return self.canvas.tobytes(), mask, bytes([self.additive])


def check_size(height: int, width: int) -> None:
    """Raise MarkError unless both sides are 1 to 65,500 pixels."""
    for name, side in (("height", height), ("width", width)):
        if not 1 <= side <= LARGEST_SIDE:
            raise MarkError(f"a mark's {name} must be 1 to {LARGEST_SIDE} pixels, got {side}")


def _check_array(
    name: str, array: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> None:
    if array.shape != shape or array.dtype != dtype:
        raise MarkError(
            f"a mark's {name} must be {dtype} of shape {shape}, got {array.dtype} {array.shape}"
        )


def _weight(rendered: Rendered) -> int:
    size = rendered.pixels.nbytes + (0 if rendered.mask is None else rendered.mask.nbytes)
    return min(size, CACHE_BYTES)  # a larger one is kept too, alone: the next photo may need it


@cached(LRUCache(CACHE_BYTES, _weight), lock=Lock())
def render_cached(mark: Mark, height: int, width: int) -> Rendered:
    """`mark.render`, cached: photos of one camera and probes of one set share few sizes."""
    rendered = mark.render(height, width)
    rendered.pixels.flags.writeable = False
    return rendered
