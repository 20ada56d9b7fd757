"""What a picture format must be able to do. A new one is one file, and one line in formats/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from isotopes.marks import Mark
from isotopes.photos.fate import Strip

PIXEL_LIMIT = 250_000_000  # the largest phone sensors give 200 million


@dataclass(frozen=True)
class Format:
    """A picture format.

    Attributes:
        name: as people call it.
        accepts: whether a file that begins with these 32 bytes is of this format.
        why_not: why the picture in this open file can't be marked, None where it can; reads the
            headers alone. Raises PhotoError where they are damaged.
        mark: the file's bytes with the mark, upright when the picture is shown, blended in at this
            alpha; the same format, size, orientation and metadata. Raises PhotoError, or what the
            decoder raises.
        strip: the file's bytes without GPS positions ("gps") or without all metadata ("all"); the
            pixels as they were. Raises PhotoError where that can't be done.
    """

    name: str
    accepts: Callable[[bytes], bool]
    why_not: Callable[[BinaryIO], str | None]
    mark: Callable[[bytes, Mark, float], bytes]
    strip: Callable[[bytes, Strip], bytes]


def too_large(width: int, height: int) -> str | None:
    """The reason not to decode so many pixels, None where they are not too many."""
    if width * height <= PIXEL_LIMIT:
        return None
    return f"decompression bomb: {width} x {height} pixels, at most {PIXEL_LIMIT:,} are decoded"
