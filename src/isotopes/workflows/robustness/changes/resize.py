"""Shrunk so that the longer side has so many pixels; a smaller picture stays as it is."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from isotopes.targets import Picture

SIDES = (2048, 1080, 512, 224)


def resize(picture: Picture, side: int) -> Picture:
    """The picture, its longer side `side` pixels or less."""
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


CHANGES = {f"{side} pixels": partial(resize, side=side) for side in SIDES}
