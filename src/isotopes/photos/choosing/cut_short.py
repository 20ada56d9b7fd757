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
from isotopes.photos.formats.heif_boxes import end_of_boxes
from isotopes.photos.jpeg.segments import EOI, SIGNATURE
from isotopes.photos.metadata.directories import HEADERS
from isotopes.photos.metadata.tags import ORIENTATION
from isotopes.photos.orientation import TURNS
from isotopes.photos.reading import opened, rgb_of
from isotopes.photos.tiff.cut_short import first_rows

BLOCK = 16  # rows that a JPEG codes together, and the last of which may be there in part
RIFF, FTYP = b"RIFF", b"ftyp"
MOST_PADDED = 2**28  # bytes
# Of Adam7: first row and step, first column and step of each pass; steps of what is there then.
PASSES = (
    (0, 8, 0, 8),
    (0, 8, 4, 8),
    (4, 8, 0, 4),
    (0, 4, 2, 4),
    (2, 4, 0, 2),
    (0, 2, 1, 2),
    (1, 2, 0, 1),
)
GRIDS = ((8, 8), (8, 4), (4, 4), (4, 2), (2, 2), (2, 1), (1, 1))
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
    data, missing = _completed(path.read_bytes())
    with _forgiving(), opened(io.BytesIO(data)) as picture:
        height = picture.height
        if height * picture.width > most_pixels:
            raise PhotoError("the picture takes too much memory")
        picture.draft("RGB", (smallest, smallest))
        picture.load()
        pixels = np.pad(rgb_of(picture), ((0, missing), (0, 0), (0, 0)))
        orientation = picture.getexif().get(ORIENTATION) or 1
        interlaced = picture.info.get("interlace")
    turn = TURNS.get(INVERSE.get(orientation, orientation), TURNS[1])
    if interlaced and (coarse := _coarse(pixels)) is not None:
        yield np.ascontiguousarray(turn(coarse)), np.ones(turn(coarse).shape[:2], np.float32)
    block = max(1, BLOCK * len(pixels) // height)
    rows = np.flatnonzero((pixels != pixels[:, :1]).any(axis=(1, 2)))
    top, bottom = (int(rows[0]), int(rows[-1]) // block * block) if len(rows) else (0, 0)
    if top >= bottom:
        raise PhotoError("no row of the picture is there")
    first = top + (top > 0)  # where the picture begins, a row may be there in part
    for quarters in (4, 3, 2, 1):
        known = np.zeros(pixels.shape[:2], np.float32)
        known[first : first + (bottom - first) * quarters // 4] = 1
        yield np.ascontiguousarray(turn(pixels)), np.ascontiguousarray(turn(known))


def _coarse(pixels: Pixels) -> Pixels | None:
    """An interlaced PNG as browsers show it while it comes: of the passes that are there whole."""
    steps = None
    for (top, down, left, across), grid in zip(PASSES, GRIDS, strict=True):
        of_pass = pixels[top::down, left::across]
        if of_pass.size == 0:
            continue
        last = of_pass[-1]
        if not (last != last[:1]).any():
            break
        steps = grid
    if steps is None:
        return None
    down, across = steps
    height, width = pixels.shape[:2]
    coarse = pixels[::down, ::across]
    return np.asarray(coarse.repeat(down, axis=0).repeat(across, axis=1)[:height, :width])


def _completed(data: bytes) -> tuple[bytes, int]:
    """The file with an end, so that decoders show what there is, and how many rows it lacks then.

    Raises:
        PhotoError: a TIFF of which nothing can be decoded.
    """
    if data.startswith(SIGNATURE):
        return data + EOI, 0  # a progressive picture is there whole, but coarse
    if data.startswith(RIFF):
        return _padded(data, int.from_bytes(data[4:8], "little") + 8), 0
    if data[4:8] == FTYP:  # decoders make up what they can't decode
        return _padded(data, end_of_boxes(data)), 0
    if data[:4] in HEADERS:
        return first_rows(data)
    return data, 0


def _padded(data: bytes, size: int) -> bytes:
    return data + bytes(max(0, min(size, MOST_PADDED) - len(data)))


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
