"""Saved again by a lossy format."""

from __future__ import annotations

import io
from functools import partial
from typing import Literal

import numpy as np
from PIL import Image

from isotopes.targets import Picture

QUALITIES = (95, 85, 75, 60, 50)


def recompress(picture: Picture, quality: int, form: Literal["JPEG", "WebP"] = "JPEG") -> Picture:
    """The picture as it is read again from a file of this quality; colours at half resolution."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, form, quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


CHANGES = {
    **{f"JPEG {quality}": partial(recompress, quality=quality) for quality in QUALITIES},
    "WebP 80": partial(recompress, quality=80, form="WebP"),
    "WebP 50": partial(recompress, quality=50, form="WebP"),
}
