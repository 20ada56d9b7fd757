"""WebP: lossless stays lossless, lossy keeps its quality; metadata chunks stay as they are.

WebP has no grey: a picture counts as grey where every pixel is neutral, and takes the mark's luma.
Reference: RFC 9649 (WebP image format).
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import Mark
from isotopes.photos.fate import Strip
from isotopes.photos.format import Format, Written, too_large
from isotopes.photos.formats.vp8 import lossy_quality
from isotopes.photos.metadata.exif import orientation_only, read_orientation, without_gps
from isotopes.photos.metadata.xmp import blank_gps_xmp
from isotopes.photos.orientation import stored_mark
from isotopes.photos.pixels import insert_colour

Chunks = list[tuple[bytes, bytes]]
SHOWN = {b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"}
EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x08, 0x04, 0x02  # in the first byte of VP8X


def mark_webp(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The WebP with the mark in it.

    Raises:
        PhotoError, OSError: a picture that can't be decoded.
    """
    chunks = dict(reversed(_read(data)))  # of doubled chunks the first counts
    picture = WebPImageFile(io.BytesIO(data))
    mark = stored_mark(mark, read_orientation(_exif(chunks), chunks.get(b"XMP ")))
    pixels = insert_colour(np.asarray(picture), mark, insertion)
    lossless = b"VP8L" in chunks
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "WEBP",
        lossless=lossless,
        exact=True,  # colours under transparent pixels stay
        # The effort, where lossless.
        quality=80 if lossless else lossy_quality(chunks[b"VP8 "]),
        alpha_quality=100,
        icc_profile=chunks.get(b"ICCP", b""),
        exif=chunks.get(b"EXIF", b""),
        xmp=chunks.get(b"XMP ", b""),
    )
    return Written(out.getvalue())


def strip_webp(data: bytes, strip: Strip) -> Written:
    """The same picture without GPS positions, or without all that isn't needed to show it.

    Raises:
        PhotoError: not a WebP, or cut short.
    """
    chunks = _read(data)
    if strip == "gps":
        return Written(_write([(kind, _without_gps(kind, body)) for kind, body in chunks]))
    found = dict(chunks)
    kept = [chunk for chunk in chunks if chunk[0] in SHOWN]
    exif = orientation_only(read_orientation(_exif(found), found.get(b"XMP ")))
    if exif:
        kept.append((b"EXIF", exif))
    flags = EXIF_FLAG if exif else 0
    return Written(_write([(kind, _flagged(kind, body, flags)) for kind, body in kept]))


def _without_gps(kind: bytes, body: bytes) -> bytes:
    if kind == b"EXIF":
        return without_gps(body.removeprefix(b"Exif\0\0"))
    return blank_gps_xmp(body) if kind == b"XMP " else body


def _flagged(kind: bytes, body: bytes, metadata: int) -> bytes:
    if kind != b"VP8X":
        return body
    return bytes([body[0] & ~(EXIF_FLAG | XMP_FLAG) | metadata]) + body[1:]


def _exif(chunks: dict[bytes, bytes]) -> bytes | None:
    exif = chunks.get(b"EXIF")
    return None if exif is None else exif.removeprefix(b"Exif\0\0")


def _read(data: bytes) -> Chunks:
    file = io.BytesIO(data)
    return [(kind, file.read(length)) for kind, length in _places(file)]


def _write(chunks: Chunks) -> bytes:
    parts = [
        kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
        for kind, body in chunks
    ]
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _places(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk; while one is looked at the file is at its body."""
    head = file.read(12)
    end = 8 + int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise PhotoError("a WebP must begin with its signature")
    if end > file.seek(0, os.SEEK_END):
        raise PhotoError("truncated")
    position = 12
    while position + 8 <= end:
        file.seek(position)
        head = file.read(8)
        length = int.from_bytes(head[4:], "little")
        if position + 8 + length > end:
            raise PhotoError("truncated")
        yield head[:4], length
        position += 8 + length + length % 2


def _why_not(file: BinaryIO) -> str | None:
    size = None
    for kind, _ in _places(file):
        head = file.read(10)
        if kind == b"VP8X" and head[0] & ANIMATION_FLAG:
            return "animated"
        size = size or _size(kind, head)
    if size is None:
        raise PhotoError("no picture in it")
    return too_large(*size)


def _size(kind: bytes, head: bytes) -> tuple[int, int] | None:
    """Width and height from the first bytes of a chunk that tells them."""
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8 ":
        wide, high = (int.from_bytes(head[n : n + 2], "little") & 0x3FFF for n in (6, 8))
        return wide, high
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


WEBP = Format(
    name="WebP",
    accepts=lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    why_not=_why_not,
    mark=mark_webp,
    strip=strip_webp,
)
