"""JPEG: on the DCT coefficients if possible, else through pixels (docs/jpeg.md)."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.format import Format, Written, too_large
from isotopes.photos.formats.finished import checked
from isotopes.photos.jpeg import coefficients as jpeg_coefficients
from isotopes.photos.jpeg.metadata import clean_segments, joined_bodies
from isotopes.photos.jpeg.segments import (
    EOI,
    FRAMES,
    SIGNATURE,
    Segment,
    graft_segments,
    jpeg_orientation,
    read_segments,
)
from isotopes.photos.jpeg.strip import strip_jpeg
from isotopes.photos.jpeg.through_pixels import mark_pixels
from isotopes.photos.metadata.cleaned import FURTHER, Purpose, merge
from isotopes.photos.orientation import stored_mark

TAIL = 64  # bytes at the end in which a whole file has its end marker


def mark_jpeg_file(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The JPEG with the mark in it: same tables, chroma sampling, coding and metadata.

    Args:
        data: the whole file.
        mark: upright on the picture as shown.
        insertion: how it goes in.

    Raises:
        PhotoError, OSError: a picture that can't be decoded or written.
    """
    header, start = _header(data)
    mark = stored_mark(mark, jpeg_orientation(data))
    picture = jpeg_coefficients.mark_coefficients(data, mark, insertion)
    if picture is None:
        picture = mark_pixels(data, mark, insertion)
    cleaned = clean_segments(header, Purpose.MARKED)
    is_more = data.find(EOI, start) + len(EOI) < len(data)
    return Written(
        graft_segments(picture, cleaned.kept),
        merge(cleaned.left_out, (FURTHER,) if is_more else ()),
    )


def _header(data: bytes) -> tuple[list[Segment], int]:
    """The segments up to the first scan, and where that begins."""
    file = io.BytesIO(data)
    return list(read_segments(file)), file.tell()


def _beside(data: bytes) -> Iterator[bytes]:
    header, start = _header(data)
    yield from joined_bodies(header)
    end = data.find(EOI, start)
    yield b"" if end < 0 else data[end + len(EOI) :]


def _why_not(file: BinaryIO) -> str | None:
    frame = None
    for segment in read_segments(file):
        if segment.marker in FRAMES:
            frame = segment
    if frame is None or len(frame.body) < 6:
        raise PhotoError("the header is damaged or cut short")
    bits, components = frame.body[0], frame.body[5]
    height, width = (int.from_bytes(frame.body[n : n + 2], "big") for n in (1, 3))
    if components == 4:
        return "CMYK"
    if bits != 8 or components not in {1, 3} or frame.marker not in {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}:
        return "an unusual kind of JPEG"
    if not _has_end(file):
        return "truncated"
    return too_large(width, height)


def _has_end(file: BinaryIO) -> bool:
    """Whether the end marker is there, looking from inside the first scan."""
    start = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(max(start, end - TAIL))
    if EOI in file.read():
        return True
    file.seek(start)  # phones put films behind the picture
    return EOI in file.read()


JPEG = Format(
    name="JPEG",
    media_type="image/jpeg",
    accepts=lambda head: head.startswith(SIGNATURE),
    why_not=_why_not,
    mark=mark_jpeg_file,
    strip=checked(strip_jpeg),
    beside=_beside,
)
