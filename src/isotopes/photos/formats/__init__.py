"""The picture formats that can be marked: one list, one file each."""

from __future__ import annotations

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.format import PIXEL_LIMIT, Format, Written
from isotopes.photos.formats.heic import HEIC
from isotopes.photos.formats.jpeg import JPEG
from isotopes.photos.formats.png import PNG
from isotopes.photos.formats.tiff import TIFF
from isotopes.photos.formats.webp import WEBP

FORMATS: tuple[Format, ...] = (JPEG, PNG, WEBP, TIFF, HEIC)
HEAD = 32  # bytes that tell a format


def recognise(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes, whatever it is called; None for others."""
    return next((known for known in FORMATS if known.accepts(head[:HEAD])), None)


def mark_bytes(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The picture file with the mark, upright as shown, in it: same format, all else kept that
    neither shows the picture without the mark nor became untrue.

    Raises:
        PhotoError: not a format that can be marked, or a picture that can't.
        Exception: whatever the format's decoder raises on damaged files.
    """
    known = recognise(data)
    if known is None:
        raise PhotoError("not a picture that can be marked")
    return known.mark(data, mark, insertion)


__all__ = ["FORMATS", "HEAD", "PIXEL_LIMIT", "Format", "Written", "mark_bytes", "recognise"]
