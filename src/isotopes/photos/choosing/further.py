"""Pictures in a file besides the one that viewers show first: frames, pages, thumbnails."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from isotopes.errors import PhotoError
from isotopes.photos.formats import recognise
from isotopes.photos.metadata.pictures import (
    find_bare_pictures,
    find_pictures,
    find_wrapped_pictures,
)
from isotopes.photos.reading import opened, read_small, rgb_of

MOST_FRAMES = 256
MOST_EMBEDDED = 256
SEARCHED = 4 * 2**20  # bytes at either end of a file: metadata lies there
LARGEST_SEARCHED = 256 * 2**20  # bytes

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


def read_beside(data: bytes, smallest: int, most_pixels: int) -> Iterator[Pixels]:
    """The pictures embedded in a file of a format that can be marked, beside its own picture.

    Marking drops them, but the file may stay as it is.

    Args:
        data: the whole file.
        smallest: as in `reading.read_small`.
        most_pixels: of a picture; larger ones are left out.

    Raises:
        PhotoError: there are more than MOST_EMBEDDED, or the file is damaged.
    """
    known = recognise(data)
    if known is not None:
        streams = (stream for block in known.beside(data) for stream in find_pictures(block))
        yield from _decoded_all(streams, smallest, most_pixels)


def read_embedded(path: Path, smallest: int, most_pixels: int) -> Iterator[Pixels]:
    """The pictures in a file of any kind, in its metadata or behind its own; those we can decode.

    Raises:
        PhotoError: there are more than MOST_EMBEDDED, or the file is too large to be searched.
        OSError: the file can't be read.
    """
    yield from _decoded_all(_streams(path), smallest, most_pixels)
    if path.stat().st_size > LARGEST_SEARCHED:
        raise PhotoError("too large to be searched as a whole")


def read_within(data: bytes, smallest: int, most_pixels: int) -> Iterator[Pixels]:
    """The pictures in data of any kind, behind its first byte; those we can decode.

    Args:
        smallest, most_pixels: as in `read_beside`.

    Raises:
        PhotoError: there are more than MOST_EMBEDDED.
    """
    yield from _decoded_all(find_pictures(data[1:]), smallest, most_pixels)


def _streams(path: Path) -> Iterator[bytes]:
    """What begins with each picture behind the signature that the file begins with.

    In the middle of a large file, where metadata is rare, those written as text are not found.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(1)
        if size <= 2 * SEARCHED:
            yield from find_pictures(file.read())
            return
        if size > LARGEST_SEARCHED:
            yield from find_pictures(file.read(SEARCHED))
            file.seek(-SEARCHED, os.SEEK_END)
            yield from find_pictures(file.read())
            return
        data = file.read()
    yield from find_bare_pictures(data)
    for end in (data[:SEARCHED], data[-SEARCHED:]):
        yield from find_wrapped_pictures(end)


def _decoded_all(streams: Iterable[bytes], smallest: int, most_pixels: int) -> Iterator[Pixels]:
    for number, stream in enumerate(streams):
        if number == MOST_EMBEDDED:
            raise PhotoError(f"more than {MOST_EMBEDDED} pictures in it")
        yield from _decoded(stream, smallest, most_pixels)


def _decoded(stream: bytes, smallest: int, most_pixels: int) -> Iterator[Pixels]:
    try:
        with opened(io.BytesIO(stream)) as picture:
            if picture.width * picture.height > most_pixels:
                return
        yield read_small(io.BytesIO(stream), smallest)
    except PhotoError:  # a signature that occurs by chance
        return
