"""Take metadata out of a JPEG: the coded pixels stay, and nothing else does.

What follows the picture (further pictures, film, a maker's trailer) goes, as it has metadata of its
own. It must not hide in the coded pixels either: a file without an end marker has its trailer
there. So libjpeg has to read the picture without a warning. If it warns, we write the same
coefficients again, which leaves out whatever isn't one of them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from isotopes.errors import JpegLibraryError, PhotoError
from isotopes.photos.fate import Strip
from isotopes.photos.format import Written
from isotopes.photos.jpeg.header import MARKER_IN_SCAN, read_jpeg_header
from isotopes.photos.jpeg.library import available
from isotopes.photos.jpeg.metadata import ADOBE, JFIF, clean_segments, without_unsound_profile
from isotopes.photos.jpeg.segments import (
    APP0,
    APP1,
    APP2,
    APP14,
    DHT,
    DQT,
    EOI,
    EXIF,
    ICC,
    SOI,
    SOS,
    Segment,
    graft_segments,
    jpeg_orientation,
    read_segments,
)
from isotopes.photos.jpeg.transcode import is_whole, transcode
from isotopes.photos.metadata.cleaned import FURTHER, Purpose, told
from isotopes.photos.metadata.exif import orientation_only

DRI, DNL = 0xDD, 0xDC
BETWEEN_SCANS = {SOS, DHT, DQT, DRI, DNL}


@dataclass(frozen=True)
class _Parts:
    """A JPEG taken apart.

    Attributes:
        segments: up to the first scan's header.
        scans: coded pixels, from there to the end marker; no metadata between them.
        is_more: whether anything follows the end marker, or there is none.
    """

    segments: list[Segment]
    scans: bytes
    is_more: bool

    def picture(self) -> bytes:
        """The coded picture alone."""
        bare = b"".join(s.encode() for s in self.segments if not s.is_metadata)
        return b"".join((SOI, bare, self.scans))


def strip_jpeg(data: bytes, strip: Strip) -> Written:
    """The same picture without GPS positions, or without all that isn't needed to show it.

    Raises:
        PhotoError: not a JPEG, cut short or malformed, or data in it that is not of the picture
            and can't be taken out.
    """
    parts = _take_apart(data)
    left_out: tuple[str, ...] = (FURTHER,) if parts.is_more else ()
    if strip == "gps":
        cleaned = clean_segments(parts.segments, Purpose.NO_POSITION)
        metadata, left_out = cleaned.kept, told(left_out, cleaned.left_out)
    else:
        metadata = _needed(parts.segments, jpeg_orientation(data))
    return Written(graft_segments(_whole(parts), metadata), left_out)


def _take_apart(data: bytes) -> _Parts:
    file = io.BytesIO(data)
    segments = list(read_segments(file))
    start = position = file.tell()
    scans = []
    while found := MARKER_IN_SCAN.search(data, position):
        marker = found.group()[1]
        end = found.end()
        if found.group() == EOI:
            scans.append(data[start:end])
            return _Parts(segments, b"".join(scans), end < len(data))
        body = Segment(marker, b"")
        end += int.from_bytes(data[end : end + 2], "big")
        if body.is_metadata:
            scans.append(data[start : found.start()])
            start = end
        elif marker not in BETWEEN_SCANS:  # coded pixels never look like that
            return _Parts(segments, b"".join((*scans, data[start : found.start()])), is_more=True)
        position = end
    return _Parts(segments, b"".join((*scans, data[start:])), is_more=True)


def _whole(parts: _Parts) -> bytes:
    """The coded picture, with nothing else in it."""
    picture = parts.picture()
    if not available():
        if not parts.scans.endswith(EOI):
            raise PhotoError("it has no end marker, so nobody can say what follows the picture")
        return picture
    # libjpeg recognises the colour space by these two.
    told = [s for s in parts.segments if s.body.startswith((JFIF, ADOBE))]
    whole = graft_segments(picture, told)
    try:
        if parts.scans.endswith(EOI) and is_whole(whole):
            return picture
        ended = whole if whole.endswith(EOI) else whole + EOI
        if read_jpeg_header(ended) is None:
            raise PhotoError("there is other data in its coded pixels")
        return transcode(ended, lambda _: None, reuse_tables=False, mend=True)
    except JpegLibraryError as error:
        raise PhotoError(f"its coded pixels can't be read: {error}") from error


def _needed(segments: list[Segment], orientation: int) -> list[Segment]:
    """The metadata that a viewer needs: density, profile, colour transform, orientation."""
    needed = []
    for marker, body in without_unsound_profile(segments)[0]:
        if marker == APP0 and body.startswith(JFIF):
            needed.append(Segment(marker, body[:12] + b"\0\0"))  # without its thumbnail
        elif (marker == APP14 and body.startswith(ADOBE)) or (
            marker == APP2 and body.startswith(ICC)
        ):
            needed.append(Segment(marker, body))
    if exif := orientation_only(orientation):
        place = 1 if needed and needed[0].marker == APP0 else 0  # JFIF comes first
        needed.insert(place, Segment(APP1, EXIF + exif))
    return needed
