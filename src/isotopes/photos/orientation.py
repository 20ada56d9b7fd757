"""Lay a mark on a picture as stored, so that it is upright when the picture is shown.

A file may hold its pixels turned or mirrored and say so in EXIF (tag 0x0112, values 1 to 8). The
tag stays; the mark is turned instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import MarkError
from isotopes.marks import Mark, PatternlessMark, Rendered, Shown

Array = TypeVar("Array", bound=NDArray[Any])
UPRIGHT = 1
SIDEWAYS = (5, 6, 7, 8)  # height and width are swapped
INVERSE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}  # which turn undoes which
# From the picture as shown to the picture as stored, for each orientation.
TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    1: lambda shown: shown,
    2: lambda shown: shown[:, ::-1],
    3: lambda shown: shown[::-1, ::-1],
    4: lambda shown: shown[::-1],
    5: lambda shown: shown.swapaxes(0, 1),
    6: lambda shown: np.rot90(shown, 1),
    7: lambda shown: shown.swapaxes(0, 1)[::-1, ::-1],
    8: lambda shown: np.rot90(shown, -1),
}


def to_stored(shown: Array, orientation: int) -> Array:
    """Rows and columns of `shown`, shape (height, width, ...), as a file stores them."""
    return np.ascontiguousarray(TURNS[orientation](shown))  # type: ignore[return-value]


@dataclass(frozen=True)
class OrientedMark(Mark):
    """`mark` as it lies on the stored pixels of a picture with this EXIF orientation.

    Attributes:
        mark: upright on the picture as shown.
        orientation: EXIF's value, 1 to 8.

    Raises:
        MarkError: the orientation is not 1 to 8.
    """

    mark: Mark
    orientation: int

    def __post_init__(self) -> None:
        if self.orientation not in TURNS:
            raise MarkError(f"an EXIF orientation must be 1 to 8, got {self.orientation}")

    def render(self, height: int, width: int) -> Rendered:
        """The mark at the stored height and width."""
        shown = (width, height) if self.orientation in SIDEWAYS else (height, width)
        upright = self.mark.render(*shown)
        mask = None if upright.mask is None else to_stored(upright.mask, self.orientation)
        return Rendered(to_stored(upright.pixels, self.orientation), mask)


@dataclass(frozen=True)
class OrientedPatternless(PatternlessMark):
    """As `OrientedMark`, for a mark without a pattern.

    Attributes:
        change: as it is made to the picture as shown.
        orientation: EXIF's value, 1 to 8.
    """

    change: PatternlessMark
    orientation: int

    def on(self, picture: NDArray[Any], strength: float) -> NDArray[Any]:
        shown = to_stored(picture, INVERSE[self.orientation])
        return to_stored(self.change.on(shown, strength), self.orientation)

    def render(self, height: int, width: int) -> Shown:
        """The change at the stored height and width."""
        shown = (width, height) if self.orientation in SIDEWAYS else (height, width)
        pixels = self.change.render(*shown).pixels
        return Shown(to_stored(pixels, self.orientation), additive=True)


def stored_mark(mark: Mark, orientation: int) -> Mark:
    """`mark` for the stored pixels of a picture with this EXIF orientation."""
    if orientation == UPRIGHT:
        return mark
    if isinstance(mark, PatternlessMark):
        return mark if mark.pointwise else OrientedPatternless(mark, orientation)
    return OrientedMark(mark, orientation)
