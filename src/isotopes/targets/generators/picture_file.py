"""The file of a picture that a stranger sent: recognised by its first bytes, and decoded once."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.errors import AnswerError, PhotoError
from isotopes.photos.reading import read_picture

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}
ENDINGS = (".png", ".jpg", ".webp")


def ending_of(file: bytes) -> str:
    """The ending that a file with these bytes has.

    Raises:
        AnswerError: it is neither PNG nor JPEG nor WebP.
    """
    for beginning, ending in _BEGINNINGS.items():
        if file.startswith(beginning):
            return ending
    if file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        return ".webp"
    raise AnswerError(
        f"a picture must be PNG, JPEG or WebP, got {len(file):,} bytes of something else"
    )


def decoded(file: bytes) -> NDArray[np.uint8]:
    """The picture in a file, uint8 RGB, (height, width, 3).

    Raises:
        AnswerError: it is none of our formats, damaged, or has too many pixels.
    """
    ending_of(file)
    try:
        return read_picture(io.BytesIO(file))
    except PhotoError as error:
        raise AnswerError(f"it can't be decoded: {error}") from None


def as_png(picture: NDArray[np.uint8]) -> bytes:
    """A picture as a PNG file without metadata."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()
