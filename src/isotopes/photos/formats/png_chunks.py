"""PNG chunks: read, written, and carried over from one file to another.

Reference: Portable Network Graphics, third edition (W3C).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from isotopes.errors import PhotoError
from isotopes.escaping import escape

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CORE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
COLOURS = {b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI"}
ANCILLARY = 0x20  # the bit of the first letter that lets a reader skip a chunk
LAYOUT_BOUND = {b"sBIT", b"bKGD", b"hIST"}  # their bodies depend on bit depth and colour type


class Chunk(NamedTuple):
    """One chunk: its four letters and its body.

    Attributes:
        is_damaged: whether its checksum in the file is wrong.
    """

    kind: bytes
    body: bytes
    is_damaged: bool = False

    def encode(self) -> bytes:
        """As it stands in a file."""
        length = len(self.body).to_bytes(4, "big")
        return b"".join((length, self.kind, self.body, self.checksum()))

    def checksum(self) -> bytes:
        """CRC-32 of letters and body."""
        return zlib.crc32(self.body, zlib.crc32(self.kind)).to_bytes(4, "big")


def chunk_places(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk, up to IEND; on each yield the file is at the chunk's body.

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

    A damaged chunk of metadata is returned as such. Damage to the picture itself is an error: what
    we write gets new checksums, so the damage would pass for what the camera saw.

    Raises:
        PhotoError: not a PNG, cut short, or a wrong checksum of pixels, palette or colour space.
    """
    chunks = []
    for kind, length in chunk_places(file):
        chunk = Chunk(kind, file.read(length))
        if file.read(4) != chunk.checksum():
            if kind in CORE | COLOURS or not kind[0] & ANCILLARY:
                name = escape(kind.decode("latin-1"))
                raise PhotoError(f"damaged: the checksum of its {name} chunk is wrong")
            chunk = chunk._replace(is_damaged=True)
        chunks.append(chunk)
    return chunks


def write_chunks(chunks: list[Chunk]) -> bytes:
    """The file that holds these chunks."""
    return b"".join((SIGNATURE, *(chunk.encode() for chunk in chunks)))


def graft_chunks(encoded: list[Chunk], original: list[Chunk]) -> list[Chunk]:
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
