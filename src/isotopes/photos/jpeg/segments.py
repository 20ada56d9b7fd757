"""A JPEG's segments: carried over from one file to another, or taken out (ITU-T T.81, annex B).

More forgiving than jpeg_header.py: whatever a decoder opens must keep its metadata.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from isotopes.errors import PhotoError
from isotopes.photos.fate import Strip
from isotopes.photos.jpeg.header import MARKER_IN_SCAN, PICTURE_INDEX
from isotopes.photos.metadata.exif import orientation_only, read_orientation, without_gps
from isotopes.photos.metadata.xmp import blank_gps_xmp

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
SOS, DHT, DQT, COM = 0xDA, 0xC4, 0xDB, 0xFE
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a body
FRAMES = {*range(0xC0, 0xD0)} - {DHT, 0xC8, 0xCC}
EXIF, XMP, ICC = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
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
        if file.read(1) != b"\xff":
            raise PhotoError("the header is damaged or cut short")
        marker = 0xFF
        while marker == 0xFF:  # any number of fill bytes
            marker = int.from_bytes(file.read(1) or b"\0", "big")
        if marker in BARE:
            continue
        length = int.from_bytes(file.read(2), "big")
        body = file.read(length - 2) if length > 2 else b""
        if length < 2 or len(body) != length - 2:
            raise PhotoError("the header is damaged or cut short")
        yield Segment(marker, body)
        if marker == SOS:
            return


def orientation_of(data: bytes) -> int:
    """The picture's EXIF orientation, 1 where it has none."""
    exif = xmp = None
    for segment in read_segments(io.BytesIO(data)):
        if segment.marker == APP1 and segment.body.startswith(EXIF):
            exif = exif or segment.body[len(EXIF) :]
        if segment.marker == APP1 and segment.body.startswith(XMP):
            xmp = xmp or segment.body[len(XMP) :]
    return read_orientation(exif, xmp)


def graft(encoded: bytes, original: bytes) -> bytes:
    """`encoded`, with all metadata segments of `original` in the place of its own.

    The index of further pictures is left out, as those are not carried over: they show the same
    scene without the mark.
    """
    kept = [
        segment.encode()
        for segment in read_segments(io.BytesIO(original))
        if segment.is_metadata and not segment.body.startswith(PICTURE_INDEX)
    ]
    file = io.BytesIO(encoded)
    tables = [s.encode() for s in read_segments(file) if not s.is_metadata]
    return b"".join((SOI, *kept, *tables, memoryview(encoded)[file.tell() :]))


def strip_jpeg(data: bytes, strip: Strip) -> bytes:
    """The same picture without GPS positions, or without all that isn't needed to show it.

    What lies behind the picture (further pictures, film) goes in both cases, as it has metadata
    of its own. The coded pixels stay as they are.

    Raises:
        PhotoError: not a JPEG, cut short or malformed.
    """
    file = io.BytesIO(data)
    segments = [s for s in read_segments(file) if not s.body.startswith(PICTURE_INDEX)]
    if strip == "gps":
        segments = [_without_gps(segment) for segment in segments]
    else:
        segments = _needed(segments, orientation_of(data))
    start = file.tell()
    scans = memoryview(data)[start : end_of_picture(data, start)]
    return b"".join((SOI, *(segment.encode() for segment in segments), scans))


def end_of_picture(data: bytes, position: int) -> int:
    """Where the picture ends, looking from inside its first scan; the data's end if it is cut."""
    while found := MARKER_IN_SCAN.search(data, position):
        position = found.end()
        if found.group() == EOI:
            return position
        position += int.from_bytes(data[position : position + 2], "big")
    return len(data)


def _without_gps(segment: Segment) -> Segment:
    if segment.marker != APP1:
        return segment
    body = segment.body
    if body.startswith(EXIF):
        return segment._replace(body=EXIF + without_gps(body[len(EXIF) :]))
    if body.startswith((XMP, XMP_MORE)):
        return segment._replace(body=blank_gps_xmp(body))
    return segment


def _needed(segments: list[Segment], orientation: int) -> list[Segment]:
    """Without metadata but what a viewer needs: density, profile, colour transform, orientation."""
    needed = []
    for marker, body in segments:
        if marker == APP0 and body.startswith(b"JFIF\0"):
            needed.append(Segment(marker, body[:12] + b"\0\0"))  # without its thumbnail
        elif (
            marker == APP14
            or (marker == APP2 and body.startswith(ICC))
            or not Segment(marker, body).is_metadata
        ):
            needed.append(Segment(marker, body))
    exif = orientation_only(orientation)
    if exif:
        place = 1 if needed and needed[0].marker == APP0 else 0  # JFIF comes first
        needed.insert(place, Segment(APP1, EXIF + exif))
    return needed
