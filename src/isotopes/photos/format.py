"""What a picture format must be able to do. A new one is one file, and one line in formats/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from isotopes.blending import Insertion
from isotopes.marks import Mark
from isotopes.photos.fate import Strip

PIXEL_LIMIT = 250_000_000  # the largest phone sensors give 200 million


@dataclass(frozen=True)
class Written:
    """A finished file.

    Attributes:
        data: its bytes.
        left_out: what the original holds and this file doesn't, in words for the summary: it
            would show the picture without the mark, or isn't true any more.
    """

    data: bytes
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A picture format.

    Attributes:
        name: as people call it.
        media_type: as HTTP calls it.
        accepts: whether a file that begins with these 32 bytes is of this format.
        why_not: why the picture in this open file can't be marked, None if it can; reads the
            headers alone. Raises PhotoError if they are damaged.
        mark: the file with the mark in it, upright when the picture is shown; the same format,
            size, orientation and metadata. Raises PhotoError, or what the decoder raises.
        strip: the file without GPS positions ("gps") or without all metadata ("all"); the
            pixels as they were. Raises PhotoError if that can't be done.
        beside: all that lies in the file beside the coded pixels, in blocks, where other pictures
            may be embedded: metadata, and what follows the picture. May raise PhotoError.
    """

    name: str
    media_type: str
    accepts: Callable[[bytes], bool]
    why_not: Callable[[BinaryIO], str | None]
    mark: Callable[[bytes, Mark, Insertion], Written]
    strip: Callable[[bytes, Strip], Written]
    beside: Callable[[bytes], Iterator[bytes]]


def outside(data: bytes, extents: Iterable[tuple[int, int]], start: int = 0) -> Iterator[bytes]:
    """What lies in the data from `start` on, outside these places (start and end of each)."""
    for first, last in sorted(extents):
        if first > start:
            yield data[start:first]
        start = max(start, last)
    yield data[start:]


def too_large(width: int, height: int) -> str | None:
    """Why so many pixels are not decoded; None if they are not too many."""
    if width * height <= PIXEL_LIMIT:
        return None
    return f"decompression bomb: {width} x {height} pixels, at most {PIXEL_LIMIT:,} are decoded"
