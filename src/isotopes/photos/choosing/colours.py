"""A picture's colours at 8 x 8 pixels: do they tell a copy of the original from a marked one?

At a glance (`glance`) both look the same: most marks change colours, and hardly luma. Here the
change that a mark makes is known, so that a copy shows how much of it there is,

    copy = tone * original + shift + carried * change,

by least squares over all pixels and channels; `carried` is about 0 in a copy of the original, and
about 1 in one of the marked picture, whatever its size, quality, brightness and contrast.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.marks import Mark

SIDE = 8  # pixels
BLENDED = 64  # pixels: where the mark is put in, before the result is made as small
LEAST_CHANGE = 0.4  # levels, root mean square: less is lost in rounding
MOST_REST = 0.1  # of the copy's variance; with more it is no copy
CARRIED = 0.35  # of the change; on small photos in poor quality copies came to 0.31 and 0.40


def colours_of(pixels: NDArray[np.uint8]) -> bytes:
    """The colours of a picture, RGB, row by row.

    Args:
        pixels: RGB, shape (height, width, 3), as shown.
    """
    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8).tobytes()


def carries_mark(copy: bytes, original: bytes, mark: Mark, alpha: float) -> bool:
    """Whether a copy of a picture was made after the mark was put in.

    False also if the mark changes too little at this size to tell, or if the two pictures have
    little in common.

    Args:
        copy, original: `colours_of` them.
        mark, alpha: how the original was marked.
    """
    before = np.frombuffer(original, np.uint8).reshape(SIDE, SIDE, 3)
    large = np.kron(before, np.ones((BLENDED // SIDE, BLENDED // SIDE, 1))) / 255
    marked = blend(large.astype(np.float32), mark, alpha)
    after = cv2.resize(marked, (SIDE, SIDE), interpolation=cv2.INTER_AREA) * 255
    change = (after - before).ravel()
    given = np.linalg.qr(np.stack([before.ravel(), np.ones(change.size)], axis=1))[0]
    change -= given @ (given.T @ change)
    shown = np.frombuffer(copy, np.uint8).astype(float)
    deviation = shown - shown.mean()
    shown -= given @ (given.T @ shown)
    power = float(change @ change)
    if power < LEAST_CHANGE**2 * change.size:
        return False
    carried = float(shown @ change) / power
    rest = shown - carried * change
    return carried > CARRIED and float(rest @ rest) < MOST_REST * float(deviation @ deviation)
