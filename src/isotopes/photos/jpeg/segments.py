"""A JPEG's segments: read and put in front of coded pixels (ITU-T T.81, annex B).

More forgiving than header.py: whatever a decoder opens must keep its metadata.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from isotopes.errors import PhotoError
from isotopes.photos.metadata.exif import read_orientation

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
SIGNATURE = SOI + b"\xff"  # of the first marker behind it
SOS, DHT, DQT, COM = 0xDA, 0xC4, 0xDB, 0xFE
APP0, APP1, APP2, APP11, APP12, APP13, APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEC, 0xED, 0xEE
BARE = {0x00, 0x01, *range(0xD0, 0xD9)}  # markers without a body; 0 is data
FRAMES = {*range(0xC0, 0xD0)} - {DHT, 0xC8, 0xCC}
EXIF, XMP, ICC = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
PICTURE_INDEX = b"MPF\0"  # of further pictures behind the first one
XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"


class Segment(NamedTuple):
    """One marker and its body (without the two bytes of length)."""

    marker: int
    body: bytes

    @property
    def is_metadata(self) -> bool:
        """APPn or COM."""
        return self.marker == COM or 0xE0 <= self.marker <= 0xEF

    def encode(self) -> bytes:
        """As it stands in a file."""
        return b"\xff%c%b%b" % (self.marker, (len(self.body) + 2).to_bytes(2, "big"), self.body)


def read_segments(file: BinaryIO) -> Iterator[Segment]:
    """The segments up to the first scan's header; the file is then at the scan's data.

    Raises:
        PhotoError: not a JPEG, cut short or malformed.
    """
    if file.read(2) != SOI:
        raise PhotoError("a JPEG must begin with its start marker")
    while True:
        marker = _next_marker(file)
        if marker in BARE:
            continue
        length = int.from_bytes(file.read(2), "big")
        body = file.read(length - 2) if length > 2 else b""
        if length < 2 or len(body) != length - 2:
            raise PhotoError("the header is damaged or cut short")
        yield Segment(marker, body)
        if marker == SOS:
            return


def _next_marker(file: BinaryIO) -> int:
    """The next marker. Like decoders, skip junk and fill bytes before it."""
    byte = b""
    while byte != b"\xff":
        byte = file.read(1)
        if not byte:
            raise PhotoError("the header is damaged or cut short")
    while byte == b"\xff":
        byte = file.read(1)
    return int.from_bytes(byte or b"\0", "big")


def jpeg_orientation(data: bytes) -> int:
    """The picture's EXIF orientation, 1 if it has none."""
    exif = xmp = None
    for segment in read_segments(io.BytesIO(data)):
        if segment.marker == APP1 and segment.body.startswith(EXIF):
            exif = exif or segment.body[len(EXIF) :]
        if segment.marker == APP1 and segment.body.startswith(XMP):
            xmp = xmp or segment.body[len(XMP) :]
    return read_orientation(exif, xmp)


def graft_segments(encoded: bytes, metadata: Iterable[Segment]) -> bytes:
    """`encoded`, with these metadata segments in the place of its own."""
    file = io.BytesIO(encoded)
    tables = [s.encode() for s in read_segments(file) if not s.is_metadata]
    kept = [segment.encode() for segment in metadata]
    return b"".join((SOI, *kept, *tables, memoryview(encoded)[file.tell() :]))
