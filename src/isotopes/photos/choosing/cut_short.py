"""What shows of a file that is cut short: browsers show it, so it can give a mark away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFile

from isotopes.errors import PhotoError
from isotopes.photos.jpeg.segments import EOI, SIGNATURE
from isotopes.photos.metadata.tags import ORIENTATION
from isotopes.photos.orientation import TURNS
from isotopes.photos.reading import opened, rgb_of

BLOCK = 16  # rows that a JPEG codes together, and the last of which may be there in part
RIFF = b"RIFF"
MOST_PADDED = 2**28  # bytes
INVERSE = {6: 8, 8: 6}  # of a quarter turn; the other orientations are their own inverse
_forgiving_pillow = Lock()

Pixels = NDArray[np.uint8]
Known = NDArray[np.float32]


def read_parts(path: Path, smallest: int, most_pixels: int) -> Iterator[tuple[Pixels, Known]]:
    """The picture as shown, uint8 RGB, and where it is known: 1 there and 0 elsewhere.

    All that is there comes first, then three quarters of it, a half and a quarter, as pixels behind
    the damage may be anything. Rows that are missing are of one colour. They lie at the end, or at
    the top (BMP).

    Args:
        smallest: as in `reading.read_small`.
        most_pixels: of the picture.

    Raises:
        PhotoError: nothing of it can be decoded, or it is too large.
        OSError: it can't be read.
    """
    with _forgiving(), opened(io.BytesIO(_completed(path.read_bytes()))) as picture:
        height = picture.height
        if height * picture.width > most_pixels:
            raise PhotoError("the picture takes too much memory")
        picture.draft("RGB", (smallest, smallest))
        picture.load()
        pixels = rgb_of(picture).copy()
        orientation = picture.getexif().get(ORIENTATION) or 1
    block = max(1, BLOCK * len(pixels) // height)
    rows = np.flatnonzero((pixels != pixels[:, :1]).any(axis=(1, 2)))
    top, bottom = (int(rows[0]), int(rows[-1]) // block * block) if len(rows) else (0, 0)
    if top >= bottom:
        raise PhotoError("no row of the picture is there")
    # Of an interlaced picture rows are missing in between: browsers repeat the one above.
    pixels[top:bottom] = pixels[rows[np.searchsorted(rows, np.arange(top, bottom), "right") - 1]]
    turn = TURNS.get(INVERSE.get(orientation, orientation), TURNS[1])
    first = top + (top > 0)  # where the picture begins, a row may be there in part
    for quarters in (4, 3, 2, 1):
        known = np.zeros(pixels.shape[:2], np.float32)
        known[first : first + (bottom - first) * quarters // 4] = 1
        yield np.ascontiguousarray(turn(pixels)), np.ascontiguousarray(turn(known))


def _completed(data: bytes) -> bytes:
    """The file with an end, so that decoders show what there is."""
    if data.startswith(SIGNATURE):
        return data + EOI  # a progressive picture is there whole, but coarse
    if data.startswith(RIFF):
        size = int.from_bytes(data[4:8], "little") + 8
        return data + bytes(max(0, min(size, MOST_PADDED) - len(data)))
    return data


@contextmanager
def _forgiving() -> Iterator[None]:
    """Pillow decodes what there is. Its switch is for the process: hold it briefly."""
    with _forgiving_pillow:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
