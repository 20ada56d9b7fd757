"""Another view of a picture: without its edges, at its size again, and mirrored."""

from __future__ import annotations

import numpy as np
from PIL import Image

from isotopes.targets import Picture

MARGIN = 8  # what each edge loses, as a part of the side


def another_view(picture: Picture) -> Picture:
    """What an encoder that learned from the picture keeps near it.

    Args:
        picture: uint8, shape (height, width, 3).
    """
    height, width = picture.shape[:2]
    box = (width / MARGIN, height / MARGIN, width - width / MARGIN, height - height / MARGIN)
    size = (width, height)
    inner = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, box=box)
    return np.ascontiguousarray(np.asarray(inner)[:, ::-1])
