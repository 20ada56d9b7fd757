"""From pixels to a palette picture, if 256 colours are enough to hold them exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST = 256  # colours
FIRST_LOOK = 64  # rows: a marked photograph has more than 256 colours in these already


def to_palette(pixels: NDArray[Any]) -> Image.Image | None:
    """The same picture with a palette; None if it has more than 256 colours.

    Args:
        pixels: uint8, shape (height, width, 3 or 4); alpha goes into the palette too.
    """
    packed = np.zeros((*pixels.shape[:2], 4), np.uint8)
    packed[..., : pixels.shape[2]] = pixels
    codes = packed.view("<u4")[..., 0]
    if len(np.unique(codes[:FIRST_LOOK])) > MOST:
        return None
    colours, index = np.unique(codes, return_inverse=True)
    if len(colours) > MOST:
        return None
    table = colours.view(np.uint8).reshape(-1, 4)
    picture = Image.fromarray(index.reshape(codes.shape).astype(np.uint8), "P")
    picture.putpalette(table[:, :3].tobytes())
    if pixels.shape[2] == 4:
        picture.info["transparency"] = table[:, 3].tobytes()
    return picture
