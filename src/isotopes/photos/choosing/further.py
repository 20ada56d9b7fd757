"""Pictures in a file besides the one that viewers show first: frames, pages, thumbnails."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from isotopes.errors import PhotoError
from isotopes.photos.jpeg.segments import SIGNATURE
from isotopes.photos.metadata.pictures import find_pictures
from isotopes.photos.reading import opened, read_small, rgb_of

MOST_FRAMES = 256
MOST_EMBEDDED = 16
SEARCHED = 4 * 2**20  # bytes at either end of a file: metadata lies there
THUMBNAIL_PIXELS = 4_000_000
PHOTOSHOP_THUMBNAILS, PHOTOSHOP_IN_TIFF = (1033, 1036), 34377

Pixels = NDArray[np.uint8]


def read_frames(path: Path, most_pixels: int) -> Iterator[Pixels]:
    """The frames or pages behind the first one, as shown; at most MOST_FRAMES.

    Raises:
        PhotoError: one can't be decoded, is too large, or there are more of them.
        OSError: the file can't be read.
    """
    with opened(path) as picture:
        count = getattr(picture, "n_frames", 1)
        for number in range(1, min(count, MOST_FRAMES)):
            picture.seek(number)
            if picture.width * picture.height > most_pixels:
                raise PhotoError("a frame takes too much memory")
            picture.load()
            yield rgb_of(ImageOps.exif_transpose(picture))
        if count > MOST_FRAMES:
            raise PhotoError(f"more than {MOST_FRAMES} frames")


def read_embedded(path: Path, smallest: int, most_pixels: int) -> Iterator[Pixels]:
    """The pictures in a file's metadata, and behind its own; those that can be decoded.

    Raises:
        PhotoError: there are more than MOST_EMBEDDED.
        OSError: the file can't be read.
    """
    found = 0
    for part in _ends(path):
        for stream in find_pictures(part):
            if found == MOST_EMBEDDED:
                raise PhotoError(f"more than {MOST_EMBEDDED} pictures in it")
            found += 1
            yield from _decoded(stream, smallest, most_pixels)


def _ends(path: Path) -> Iterator[bytes]:
    """What lies behind the signature that a file begins with, or both ends of a large file."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(1)
        yield file.read(SEARCHED if size > 2 * SEARCHED else size)
        if size > 2 * SEARCHED:
            file.seek(-SEARCHED, os.SEEK_END)
            yield file.read()


def read_thumbnails(picture: Image.Image, smallest: int) -> list[Pixels]:
    """The small JPEGs in the EXIF and Photoshop blocks of an opened picture, not turned yet."""
    found: list[Pixels] = []
    blocks = [picture.info.get("exif"), getattr(picture, "tag_v2", {}).get(PHOTOSHOP_IN_TIFF)]
    resources = picture.info.get("photoshop")
    if isinstance(resources, dict):
        blocks += [resources.get(number) for number in PHOTOSHOP_THUMBNAILS]
    for block in blocks:
        if isinstance(block, bytes) and (start := block.find(SIGNATURE)) >= 0:
            found += _decoded(block[start:], smallest, THUMBNAIL_PIXELS)
    return found


def _decoded(stream: bytes, smallest: int, most_pixels: int) -> Iterator[Pixels]:
    try:
        with opened(io.BytesIO(stream)) as picture:
            if picture.width * picture.height > most_pixels:
                return
        yield read_small(io.BytesIO(stream), smallest)
    except PhotoError:  # a signature that occurs by chance
        return
