"""Marks that are not patterns: they change a picture's own colours, or move its pixels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.marks.mark import Mark, Rendered, render_cached

STRIP = 1 << 18  # pixels changed at once, so that they stay in cache
STEPS = {"uint8": 1.0, "uint16": 257.0, "float32": 1 / 255}  # what a level of 255 is, by type


@dataclass(frozen=True)
class Shown(Rendered):
    """A change as a picture, to be looked at and hashed. It is refused as a pattern to put in."""


class PatternlessMark(Mark):
    """A keyed change without a pattern: what it does to a pixel depends on the picture.

    Such a mark goes in through pixels alone, because on DCT coefficients it is not linear.

    Class attributes:
        pointwise: whether a pixel's new colour depends on nothing but its old one, so that any
            part of a picture can be changed by itself.
    """

    has_pattern: ClassVar[bool] = False
    pointwise: ClassVar[bool] = False

    @abstractmethod
    def on(self, picture: NDArray[Any], strength: float) -> NDArray[Any]:
        """The picture with the mark in it; a new array of the same type and shape.

        Args:
            picture: shape (height, width, 3), RGB, or (height, width, 1), grey; uint8, uint16, or
                float32 in [0, 1].
            strength: in [0, 1]; 0 gives the picture.

        Raises:
            MarkError: a picture too large for this change.
        """

    @abstractmethod
    def render(self, height: int, width: int) -> Shown:
        """What the key drew, as a picture; the same bytes on every platform.

        Raises:
            MarkError: a side is below 1 or above 65,500.
        """


def fitted(mark: Mark, height: int, width: int) -> Rendered | PatternlessMark:
    """What goes into pictures of this size: a pattern's rendering, or the change itself."""
    return mark if isinstance(mark, PatternlessMark) else render_cached(mark, height, width)


def strips(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture, in parts of up to STRIP pixels."""
    rows = max(1, STRIP // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def in_range(values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Values in the units of a picture's type as that type: clipped, and rounded if integers."""
    if dtype == np.float32:
        return np.clip(values, 0, 1)
    return np.clip(np.rint(values), 0, np.iinfo(dtype).max).astype(dtype)
