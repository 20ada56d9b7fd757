"""PNG chunks: read, written, carried over from one file to another, or taken out.

Reference: Portable Network Graphics, third edition (W3C).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from isotopes.errors import PhotoError
from isotopes.photos.fate import Strip
from isotopes.photos.metadata.exif import orientation_only, read_orientation, without_gps
from isotopes.photos.metadata.xmp import blank_gps_xmp

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CORE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
# What says how the pixels are shown; all the rest is about the picture.
SHOWN = CORE | {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD"}
SHOWN |= {b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
LAYOUT_BOUND = {b"sBIT", b"bKGD", b"hIST"}  # their bodies depend on bit depth and colour type
TEXT = {b"tEXt", b"zTXt", b"iTXt"}
XMP = b"XML:com.adobe.xmp"
RAW_PROFILE = b"Raw profile type "  # ImageMagick's way to keep EXIF and XMP: hexadecimal text
LARGEST_TEXT = 16 * 2**20


class Chunk(NamedTuple):
    """One chunk: its four letters and its body."""

    kind: bytes
    body: bytes

    def encode(self) -> bytes:
        """As it stands in a file."""
        check = zlib.crc32(self.body, zlib.crc32(self.kind))
        return b"".join(
            (len(self.body).to_bytes(4, "big"), self.kind, self.body, check.to_bytes(4, "big"))
        )


def chunk_places(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk, up to IEND; while one is looked at the file is at its body.

    Raises:
        PhotoError: not a PNG, or cut short.
    """
    if file.read(8) != SIGNATURE:
        raise PhotoError("a PNG must begin with its signature")
    end = file.seek(0, os.SEEK_END)
    position = 8
    kind = b""
    while kind != b"IEND":
        file.seek(position)
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or position + 12 + length > end:
            raise PhotoError("truncated")
        yield kind, length
        position += 12 + length


def read_chunks(file: BinaryIO) -> list[Chunk]:
    """All chunks up to IEND.

    Raises:
        PhotoError: not a PNG, or cut short.
    """
    return [Chunk(kind, file.read(length)) for kind, length in chunk_places(file)]


def write_chunks(chunks: list[Chunk]) -> bytes:
    """The file that holds these chunks."""
    return b"".join((SIGNATURE, *(chunk.encode() for chunk in chunks)))


def orientation_of(chunks: list[Chunk]) -> int:
    """The picture's EXIF orientation, 1 where it has none."""
    exif = next((chunk.body for chunk in chunks if chunk.kind == b"eXIf"), None)
    xmp = next((c.body for c in chunks if c.kind == b"iTXt" and c.body.startswith(XMP)), None)
    return read_orientation(exif, xmp)


def graft(encoded: list[Chunk], original: list[Chunk]) -> list[Chunk]:
    """The pixels of `encoded` with all other chunks of `original`, each in its place."""
    pixels = {
        kind: [chunk for chunk in encoded if chunk.kind == kind]
        for kind in (b"PLTE", b"tRNS", b"IDAT")
    }
    same_layout = encoded[0].body[8:10] == original[0].body[8:10] and not pixels[b"PLTE"]
    out = [encoded[0]]
    for chunk in original[1:]:
        if chunk.kind in {b"PLTE", b"IDAT"}:  # the first of them; nothing is left for the others
            out += pixels.pop(b"PLTE", []) + pixels.pop(b"tRNS", [])
        if chunk.kind == b"IDAT":
            out += pixels.pop(b"IDAT", [])
        elif chunk.kind == b"IEND" or (
            chunk.kind not in CORE and (same_layout or chunk.kind not in LAYOUT_BOUND)
        ):
            out.append(chunk)
    return out


def strip_chunks(chunks: list[Chunk], strip: Strip) -> list[Chunk]:
    """Without GPS positions ("gps"), or without all that isn't needed to show the picture."""
    if strip == "gps":
        return [left for chunk in chunks if (left := _without_gps(chunk))]
    kept = [chunk for chunk in chunks if chunk.kind in SHOWN]
    if exif := orientation_only(orientation_of(chunks)):
        kept.insert(1, Chunk(b"eXIf", exif))
    return kept


def _without_gps(chunk: Chunk) -> Chunk | None:
    if chunk.kind == b"eXIf":
        return Chunk(chunk.kind, without_gps(chunk.body))
    if chunk.kind in TEXT and chunk.body.startswith(RAW_PROFILE):
        return None
    if chunk.kind == b"iTXt" and chunk.body.startswith(XMP + b"\0"):
        return _xmp_without_gps(chunk)
    return chunk


def _xmp_without_gps(chunk: Chunk) -> Chunk | None:
    """The iTXt chunk with its packet edited, uncompressed; None where it can't be read."""
    keyword, rest = chunk.body[: len(XMP) + 1], chunk.body[len(XMP) + 1 :]
    compressed, (language, translated, text) = rest[0], rest[2:].split(b"\0", 2)
    if compressed:
        reader = zlib.decompressobj()
        text = reader.decompress(text, LARGEST_TEXT)
        if not reader.eof:
            return None
    body = b"\0".join((keyword + b"\0", language, translated, blank_gps_xmp(text)))
    return Chunk(chunk.kind, body)
