"""Pictures and marks in the one size in which a mark is looked for in pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.errors import MarkError
from isotopes.marks import Mark

SIDE = 64  # pixels a side; marks of all families are still visible at this size


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, stretched to SIDE x SIDE pixels as marks are."""
    resized = cv2.resize(np.asarray(picture), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def pattern(draw: Mark, height: int = SIDE, width: int = SIDE) -> NDArray[np.float64]:
    """What a draw adds to a grey picture, shape (height, width, 3).

    Raises:
        MarkError: it has no pattern.
    """
    if not draw.has_pattern:
        raise MarkError(
            "a mark without a pattern can't be looked for in pictures",
            hint="grade and bent are such families; ask a classifier instead: isotopes check",
        )
    rendered = draw.render(height, width)
    return np.asarray((rendered.pixels / 255 - 0.5) * rendered.full_mask[..., None])
