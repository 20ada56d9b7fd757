"""Photographed from the screen by the screen: scaled to fit, then cut out by hand."""

from __future__ import annotations

import cv2
import numpy as np

from isotopes.targets import Picture

WIDE = 1440  # pixels that the picture takes on the screen, on its longer side
CUT = (6, 3, 9, 4)  # pixels that the hand cuts off at the top, right, bottom and left


def screenshot(picture: Picture) -> Picture:
    """The picture as it was shown, larger or smaller, without a few pixels at its edges."""
    height, width = picture.shape[:2]
    factor = WIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    shown = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    top, right, bottom, left = CUT
    cut = shown[top : shown.shape[0] - bottom, left : shown.shape[1] - right]
    return cut if cut.size else shown


CHANGES = {"screenshot": screenshot}
