"""PNG chunks: read, written, and carried over from one file to another.

Reference: Portable Network Graphics, third edition (W3C).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from isotopes.errors import PhotoError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CORE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
LAYOUT_BOUND = {b"sBIT", b"bKGD", b"hIST"}  # their bodies depend on bit depth and colour type


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
