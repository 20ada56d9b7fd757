"""WebP: lossless stays lossless, lossy keeps its quality; EXIF and XMP are cleaned.

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
from isotopes.photos.formats.finished import checked
from isotopes.photos.formats.vp8 import lossy_quality
from isotopes.photos.metadata.cleaned import C2PA, FURTHER, NOT_UNDERSTOOD, Purpose, merge, told
from isotopes.photos.metadata.exif import (
    clean_exif,
    orientation_only,
    read_orientation,
    without_prefix,
)
from isotopes.photos.metadata.icc import clean_icc
from isotopes.photos.metadata.xmp import clean_xmp
from isotopes.photos.orientation import stored_mark
from isotopes.photos.pixels import insert_colour

Chunks = list[tuple[bytes, bytes]]
CODED = {b"VP8X", b"ALPH", b"VP8 ", b"VP8L"}
SHOWN = {b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"}
# In the first byte of VP8X.
EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG, ALPHA_FLAG, ICC_FLAG = 0x08, 0x04, 0x02, 0x10, 0x20


def mark_webp(data: bytes, mark: Mark, insertion: Insertion) -> Written:
    """The WebP with the mark in it.

    Raises:
        PhotoError, OSError: a picture that can't be decoded.
    """
    read, no_profile = _without_unsound_profile(_read(data))
    chunks = dict(reversed(read))  # of duplicate chunks the first counts
    picture = WebPImageFile(io.BytesIO(data))
    mark = stored_mark(mark, read_orientation(chunks.get(b"EXIF"), chunks.get(b"XMP ")))
    pixels = insert_colour(np.asarray(picture), mark, insertion)
    kept, left_out = _metadata(chunks, None)
    lossless = b"VP8L" in chunks
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "WEBP",
        lossless=lossless,
        exact=True,  # colours under transparent pixels stay
        # The effort, if lossless.
        quality=80 if lossless else lossy_quality(chunks[b"VP8 "]),
        alpha_quality=100,
        icc_profile=chunks.get(b"ICCP", b""),
        exif=kept.get(b"EXIF", b""),
        xmp=kept.get(b"XMP ", b""),
    )
    return Written(out.getvalue(), merge(left_out, no_profile, _others(data, list(chunks.items()))))


def strip_webp(data: bytes, strip: Strip) -> Written:
    """The same picture without GPS positions, or without all that isn't needed to show it.

    Raises:
        PhotoError: not a WebP, or cut short.
    """
    read, no_profile = _without_unsound_profile(_read(data))
    chunks = [_without_metadata(kind, body) for kind, body in read]
    found = dict(reversed(chunks))
    kept = [chunk for chunk in chunks if chunk[0] in SHOWN]
    metadata, left_out = _metadata(found, strip)
    flags = (EXIF_FLAG if b"EXIF" in metadata else 0) | (XMP_FLAG if b"XMP " in metadata else 0)
    kept = [(kind, _flagged(kind, body, flags)) for kind, body in kept]
    return Written(
        _write([*kept, *metadata.items()]), told(left_out, no_profile, _others(data, chunks))
    )


def _without_unsound_profile(chunks: Chunks) -> tuple[Chunks, tuple[str, ...]]:
    """The chunks without an ICC profile that may hide something, and what was removed."""
    left_out: tuple[str, ...] = ()
    kept = []
    for kind, body in chunks:
        unsound = clean_icc(body).left_out if kind == b"ICCP" else ()
        left_out = merge(left_out, unsound)
        if not unsound:
            kept.append((kind, body))
    if left_out:
        kept = [(k, _without_flag(b, ICC_FLAG) if k == b"VP8X" else b) for k, b in kept]
    return kept, left_out


def _without_flag(header: bytes, flag: int) -> bytes:
    return bytes([header[0] & ~flag]) + header[1:]


def xmp_of(data: bytes) -> bytes | None:
    """The file's XMP packet; None if it has none.

    Raises:
        PhotoError: not a WebP, or cut short.
    """
    return dict(reversed(_read(data))).get(b"XMP ")


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """The same file with this XMP packet.

    Raises:
        PhotoError: not a WebP, or cut short.
    """
    chunks = [chunk for chunk in _read(data) if chunk[0] != b"XMP "]
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", _extended_header(*chunks[0])))
    chunks[0] = (b"VP8X", bytes([chunks[0][1][0] | XMP_FLAG]) + chunks[0][1][1:])
    return _write([*chunks, (b"XMP ", packet)])


def _extended_header(kind: bytes, body: bytes) -> bytes:
    """The header that a file with metadata needs, for one whose only chunk so far is this."""
    size = _size(kind, body[:10])
    if size is None:
        raise PhotoError("no picture in it")
    has_alpha = kind == b"VP8L" and bool(body[4] & 0x10)
    corners = b"".join((side - 1).to_bytes(3, "little") for side in size)
    return bytes([ALPHA_FLAG * has_alpha, 0, 0, 0]) + corners


def _metadata(
    chunks: dict[bytes, bytes], strip: Strip
) -> tuple[dict[bytes, bytes], tuple[str, ...]]:
    """EXIF and XMP as far as they may stay, and what was removed."""
    if strip == "all":
        exif = orientation_only(read_orientation(chunks.get(b"EXIF"), chunks.get(b"XMP ")))
        return ({b"EXIF": exif} if exif else {}), ()
    purpose = Purpose.MARKED if strip is None else Purpose.NO_POSITION
    kept: dict[bytes, bytes] = {}
    left_out: tuple[str, ...] = ()
    for kind, clean in ((b"EXIF", clean_exif), (b"XMP ", clean_xmp)):
        if body := chunks.get(kind):
            cleaned = clean(without_prefix(body), purpose)
            left_out = merge(left_out, cleaned.left_out)
            if cleaned.data:
                kept[kind] = cleaned.data
    return kept, left_out


def _others(data: bytes, chunks: Chunks) -> tuple[str, ...]:
    """What to report about unknown chunks, and about data behind the last one."""
    unknown = {kind for kind, _ in chunks} - SHOWN - {b"EXIF", b"XMP "}
    told = (C2PA,) if b"C2PA" in unknown else ()
    if unknown - {b"C2PA"}:
        told = (*told, NOT_UNDERSTOOD)
    is_more = 8 + int.from_bytes(data[4:8], "little") + 1 < len(data)
    return (*told, FURTHER) if is_more else told


def _without_metadata(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    """A frame of an animation without its unknown chunks; other chunks as they are."""
    if kind != b"ANMF":
        return kind, body
    inner = [chunk for chunk in _inner_chunks(body[16:]) if chunk[0] in SHOWN]
    return kind, body[:16] + b"".join(_encode(*chunk) for chunk in inner)


def _flagged(kind: bytes, body: bytes, metadata: int) -> bytes:
    if kind != b"VP8X":
        return body
    return bytes([body[0] & ~(EXIF_FLAG | XMP_FLAG) | metadata]) + body[1:]


def _read(data: bytes) -> Chunks:
    file = io.BytesIO(data)
    return [(kind, file.read(length)) for kind, length in _places(file)]


def _write(chunks: Chunks) -> bytes:
    body = b"WEBP" + b"".join(_encode(*chunk) for chunk in chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _encode(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _inner_chunks(data: bytes) -> Chunks:
    """The chunks inside a frame, as far as they are whole."""
    chunks, position = [], 0
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        chunks.append((data[position : position + 4], data[position + 8 :][:length]))
        position += 8 + length + length % 2
    return chunks


def _places(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk; on each yield the file is at the chunk's body."""
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


def _beside(data: bytes) -> Iterator[bytes]:
    yield from (body for kind, body in _read(data) if kind not in CODED)
    yield data[8 + int.from_bytes(data[4:8], "little") :]


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
    media_type="image/webp",
    accepts=lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    why_not=_why_not,
    mark=mark_webp,
    strip=checked(strip_webp),
    beside=_beside,
)
