"""From a picture file to a canvas: the only way in which a picture becomes a mark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from isotopes.errors import MarkError
from isotopes.marks.mark import CANVAS
from isotopes.marks.resample import resample_smooth
from isotopes.seeds import KeyStream

WHITE = 250  # all three channels at or above this: paper, not drawing
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}


def read_canvas(path: Path, key: bytes | None = None) -> NDArray[np.uint8]:
    """The picture as a canvas, uint8 (CANVAS, CANVAS, 3).

    The largest square, in the middle or where `key` says (the released code of the paper takes
    random crops), is cut out and resampled to the canvas.

    Raises:
        MarkError: not a readable picture.
    """
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise MarkError(f"{path} can't serve as a mark: {error}") from error
    height, width = pixels.shape[:2]
    side = min(height, width)
    if key is None:
        top, left = (height - side) // 2, (width - side) // 2
    else:
        stream = KeyStream(key)
        top, left = stream.integer(0, height - side + 1), stream.integer(0, width - side + 1)
    return resample_smooth(pixels[top : top + side, left : left + side], CANVAS, CANVAS)


def drawn_part(canvas: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where the canvas is not white: the mask of a drawing on white paper, (CANVAS, CANVAS)."""
    drawn: NDArray[np.bool_] = np.any(canvas < WHITE, axis=2)
    return drawn


def list_pictures(folder: Path) -> list[Path]:
    """All picture files below `folder`, sorted by relative name.

    Raises:
        MarkError: not a folder, or no picture in it.
    """
    if not folder.is_dir():
        raise MarkError(f"the pool of marks must be a folder, got {folder}")
    found = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    if not found:
        raise MarkError(f"the pool of marks holds no picture: {folder}")
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())
