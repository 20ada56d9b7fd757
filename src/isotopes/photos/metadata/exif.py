"""EXIF and TIFF directories, edited where they lie.

Nothing moves: makers' notes hold offsets into the file that nobody else can correct. A removed
entry gives up its place in its directory and its value becomes zeros.
Reference: TIFF 6.0, section 2; EXIF 2.32, section 4.6.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from isotopes.errors import PhotoError

ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFD = 0x0112, 0x8769, 0x8825, 0xA005, 0x014A
DIRECTORIES = {EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFD}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
DEEPEST = 4  # directories in directories; more is a loop
LARGEST_DIRECTORY = 4_096
XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')


class Field(NamedTuple):
    """An entry of a directory: where it stands, and where its value lies and how long it is."""

    position: int
    tag: int
    place: int
    size: int


class Directories:
    """The directories of a TIFF file or EXIF block, in a buffer that is edited in place.

    Raises (all methods):
        PhotoError: not a TIFF structure, a BigTIFF, or an offset that points nowhere.
    """

    def __init__(self, data: bytes) -> None:
        self.buffer = bytearray(data)
        if data[:4] not in {b"II*\0", b"MM\0*"}:
            raise PhotoError("EXIF must begin as a TIFF file does")
        self._order = "<" if data[:2] == b"II" else ">"

    @property
    def first(self) -> int:
        """Where the first directory is."""
        return self._unsigned("I", 4)

    def after(self, directory: int) -> int:
        """Where the next directory of the chain is; 0 at its end."""
        return self._unsigned("I", directory + 2 + 12 * self._unsigned("H", directory))

    def fields(self, directory: int) -> list[Field]:
        """The entries of the directory at this offset."""
        count = self._unsigned("H", directory)
        if not 0 < count <= LARGEST_DIRECTORY:
            raise PhotoError(f"a directory must hold 1 to {LARGEST_DIRECTORY} entries, got {count}")
        return [self._field(directory + 2 + 12 * index) for index in range(count)]

    def short(self, field: Field) -> int:
        """The field's first value, a 16-bit number."""
        return self._unsigned("H", field.place)

    def remove(self, directory: int, doomed: Callable[[int], bool]) -> None:
        """Take out the entries whose tag is doomed, with their values and all below them."""
        fields = self.fields(directory)
        kept = [f for f in fields if not doomed(f.tag)]
        for field in fields:
            if doomed(field.tag):
                self._wipe(field, 1)
        end = directory + 2 + 12 * len(fields) + 4
        packed = struct.pack(self._order + "H", len(kept))
        packed += b"".join(self.buffer[f.position : f.position + 12] for f in kept)
        packed += self.buffer[end - 4 : end]
        self.buffer[directory:end] = packed.ljust(end - directory, b"\0")

    def _field(self, position: int) -> Field:
        tag, kind = self._unsigned("H", position), self._unsigned("H", position + 2)
        size = SIZES.get(kind, 0) * self._unsigned("I", position + 4)
        place = position + 8 if size <= 4 else self._unsigned("I", position + 8)
        if place + size > len(self.buffer):
            raise PhotoError(f"metadata entry {tag:#06x} points outside the file")
        return Field(position, tag, place, size)

    def _wipe(self, field: Field, depth: int) -> None:
        if depth > DEEPEST:
            raise PhotoError("metadata directories are nested too deep")
        if field.tag in DIRECTORIES:
            for place in range(field.place, field.place + field.size, 4):
                directory = self._unsigned("I", place)
                fields = self.fields(directory)
                for inner in fields:
                    self._wipe(inner, depth + 1)
                self._zero(directory, 2 + 12 * len(fields) + 4)
        self._zero(field.place, field.size)

    def _zero(self, start: int, size: int) -> None:
        end = min(start + size, len(self.buffer))
        self.buffer[start:end] = bytes(end - start)

    def _unsigned(self, kind: str, position: int) -> int:
        try:
            return int(struct.unpack_from(self._order + kind, self.buffer, position)[0])
        except struct.error as error:
            raise PhotoError("metadata is cut short or points outside the file") from error


def blank_gps(exif: bytes) -> bytes:
    """The EXIF block (from its "II" or "MM" on) without its GPS directory; the same length.

    Raises:
        PhotoError: a damaged block.
    """
    directories = Directories(exif)
    if directories.first:
        directories.remove(directories.first, lambda tag: tag == GPS_IFD)
    return bytes(directories.buffer)


def without_gps(exif: bytes) -> bytes:
    """As `blank_gps`; of a damaged block nothing but the orientation is left."""
    try:
        return blank_gps(exif)
    except PhotoError:
        return orientation_only(read_orientation(exif))


def orientation_only(orientation: int) -> bytes:
    """An EXIF block that says nothing but the orientation; empty where that is 1 (upright)."""
    return b"" if orientation == 1 else orientation_block(orientation)


def orientation_block(orientation: int) -> bytes:
    """The smallest EXIF block with an orientation, 26 bytes."""
    head = b"MM\0*" + struct.pack(">I", 8)
    return head + struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)


def read_orientation(exif: bytes | None, xmp: bytes | None = None) -> int:
    """EXIF's orientation, else XMP's, else 1: what Pillow's `exif_transpose` goes by."""
    value = _tagged_orientation(exif) if exif else None
    if value is None and xmp and (found := XMP_ORIENTATION.search(xmp)):
        value = int(found.group(1))
    return value if value is not None and 1 <= value <= 8 else 1


def _tagged_orientation(exif: bytes) -> int | None:
    try:
        directories = Directories(exif)
        for field in directories.fields(directories.first):
            if field.tag == ORIENTATION:
                return directories.short(field)
    except PhotoError:
        return None
    return None
