"""A JPEG's APPn and COM segments, cleaned: what is known may stay, all others go.

Three kinds of block may be split over several segments, and are put together first: extended XMP,
Photoshop's resources, ICC profiles (which stay as they are, or go).
Reference: ITU-T T.872 (APPn in practice); Adobe XMP part 3, section 1.1.3.1 (extended XMP).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from isotopes.photos.jpeg.segments import (
    APP0,
    APP1,
    APP2,
    APP11,
    APP12,
    APP13,
    APP14,
    COM,
    EXIF,
    ICC,
    PICTURE_INDEX,
    XMP,
    XMP_MORE,
    Segment,
)
from isotopes.photos.metadata.cleaned import (
    ANNOUNCED,
    C2PA,
    FURTHER,
    NOT_UNDERSTOOD,
    THUMBNAIL,
    Cleaned,
    Purpose,
    merge,
)
from isotopes.photos.metadata.exif import clean_exif, without_prefix
from isotopes.photos.metadata.icc import clean_icc
from isotopes.photos.metadata.photoshop import clean_photoshop
from isotopes.photos.metadata.pictures import shows_picture
from isotopes.photos.metadata.text import clean_text
from isotopes.photos.metadata.xmp import clean_xmp, extended_guid, with_extended_guid

JFIF, JFXX, ADOBE, DUCKY, PHOTOSHOP = b"JFIF\0", b"JFXX\0", b"Adobe", b"Ducky", b"Photoshop 3.0\0"
GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
LARGEST = 65_533  # of a segment's body
LARGEST_FLAGS = 64  # bytes; Ducky takes about 20
MORE_HEAD = len(XMP_MORE) + 32 + 8  # identifier, GUID, whole length, this part's place


@dataclass
class CleanSegments:
    """What stays of a header's metadata segments, in their order, and what goes."""

    kept: list[Segment] = field(default_factory=list)
    left_out: tuple[str, ...] = ()


def joined_bodies(segments: Iterable[Segment]) -> Iterator[bytes]:
    """The bodies of these metadata segments; those of a block that was split are put together."""
    split: dict[bytes, list[bytes]] = {XMP_MORE: [], PHOTOSHOP: []}
    for segment in segments:
        if not segment.is_metadata:
            continue
        if segment.body.startswith(XMP_MORE):
            split[XMP_MORE].append(segment.body[MORE_HEAD:])
        elif segment.body.startswith(PHOTOSHOP):
            split[PHOTOSHOP].append(segment.body[len(PHOTOSHOP) :])
        else:
            yield segment.body
    yield from map(b"".join, split.values())


def clean_segments(segments: list[Segment], purpose: Purpose) -> CleanSegments:
    """Clean the metadata among these segments; the result omits all others."""
    segments, left_out = without_unsound_profile(segments)
    metadata = [segment for segment in segments if segment.is_metadata]
    more = _extended_xmp(metadata, purpose)
    resources = _resources(metadata, purpose)
    out = CleanSegments(left_out=left_out)
    for segment in metadata:
        cleaned = _clean(segment, purpose, more, resources)
        out.left_out = merge(out.left_out, cleaned.left_out)
        out.kept += cleaned.kept
    return out


def without_unsound_profile(segments: list[Segment]) -> tuple[list[Segment], tuple[str, ...]]:
    """The segments without an ICC profile that may hide something, and what was removed."""
    pieces = [s.body[len(ICC) :] for s in segments if _is_profile(s)]
    places = [(piece[:1], piece[1:2]) for piece in pieces]
    count = len(pieces)
    in_order = places == [(bytes([n]), bytes([count])) for n in range(1, min(count, 255) + 1)]
    cleaned = clean_icc(b"".join(piece[2:] for piece in pieces) if in_order else b"")
    if not pieces or cleaned.data is not None:
        return segments, ()
    return [segment for segment in segments if not _is_profile(segment)], cleaned.left_out


def _is_profile(segment: Segment) -> bool:
    return segment.marker == APP2 and segment.body.startswith(ICC)


def _clean(
    segment: Segment, purpose: Purpose, more: _Extended, resources: _Pieces
) -> CleanSegments:
    marker, body = segment
    if marker == APP1 and body.startswith(XMP):
        return _main_xmp(body, purpose, more)
    if marker == APP1 and body.startswith(XMP_MORE):
        return CleanSegments(left_out=more.left_out)  # what stays follows the main packet
    if marker == APP13 and body.startswith(PHOTOSHOP):
        return resources.take()
    cleaned = _cleaned_body(segment, purpose)
    kept = [] if cleaned.data is None else [segment._replace(body=cleaned.data)]
    return CleanSegments(kept, cleaned.left_out)


def _cleaned_body(segment: Segment, purpose: Purpose) -> Cleaned:
    marker, body = segment
    if marker == APP1 and body.startswith(EXIF):
        cleaned = clean_exif(without_prefix(body), purpose)
        data = None if cleaned.data is None else EXIF + cleaned.data
        return Cleaned(data, cleaned.left_out)
    if marker == COM or (marker == APP12 and not body.startswith(DUCKY)):
        return clean_text(body, purpose)
    known = {APP0: _density, APP2: _profile, APP11: _boxes, APP12: _flags, APP14: _flags}
    return known.get(marker, _unknown)(body)


def _unknown(body: bytes) -> Cleaned:
    return Cleaned(None, (THUMBNAIL if shows_picture(body) else NOT_UNDERSTOOD,))


def _boxes(body: bytes) -> Cleaned:
    """JUMBF: C2PA's manifests, and JPEG XT's further layers of the picture."""
    return Cleaned(None, (C2PA if b"c2pa" in body else NOT_UNDERSTOOD,))


def _flags(body: bytes) -> Cleaned:
    """Adobe's colour transform, and what "Save for web" notes (Ducky)."""
    if body.startswith(ADOBE):
        return Cleaned(body[:12])
    is_small = body.startswith(DUCKY) and len(body) <= LARGEST_FLAGS
    return Cleaned(body) if is_small else _unknown(body)


def _density(body: bytes) -> Cleaned:
    """JFIF's density, without its thumbnail."""
    if body.startswith(JFIF) and len(body) >= 14:
        return Cleaned(body[:12] + b"\0\0", (THUMBNAIL,) if len(body) > 14 else ())
    return Cleaned(None, (THUMBNAIL if body.startswith(JFXX) else NOT_UNDERSTOOD,))


def _profile(body: bytes) -> Cleaned:
    if body.startswith(ICC):
        return Cleaned(body)
    if body.startswith(PICTURE_INDEX):
        return Cleaned(None, (FURTHER,))
    return Cleaned(None, (ANNOUNCED if body.startswith(GAIN_MAP) else NOT_UNDERSTOOD,))


@dataclass
class _Pieces:
    """Segments that are returned where the first of their kind stood."""

    pieces: list[Segment]
    left_out: tuple[str, ...]

    def take(self) -> CleanSegments:
        taken, self.pieces = self.pieces, []
        return CleanSegments(taken, self.left_out)


def _resources(segments: list[Segment], purpose: Purpose) -> _Pieces:
    """Photoshop's resources, which count as one block however many segments they take."""
    bodies = [s.body for s in segments if s.marker == APP13 and s.body.startswith(PHOTOSHOP)]
    whole = b"".join(body[len(PHOTOSHOP) :] for body in bodies)
    if not whole:
        return _Pieces([], ())
    cleaned = clean_photoshop(whole, purpose)
    if cleaned.data == whole:
        return _Pieces([Segment(APP13, body) for body in bodies], ())
    room = LARGEST - len(PHOTOSHOP)
    parts = _cut(cleaned.data or b"", room)
    return _Pieces([Segment(APP13, PHOTOSHOP + part) for part in parts], cleaned.left_out)


@dataclass
class _Extended:
    """What stays of the extended XMP.

    Attributes:
        announced: its GUID, as the main packet has it; None if there is none.
        guid: its new GUID; None if nothing stays.
        segments: that hold it.
        left_out: what was removed.
    """

    announced: bytes | None = None
    guid: bytes | None = None
    segments: list[Segment] = field(default_factory=list)
    left_out: tuple[str, ...] = ()


def _extended_xmp(segments: list[Segment], purpose: Purpose) -> _Extended:
    """The extended XMP that the main packet announces, put together and cleaned."""
    packets = [s.body for s in segments if s.marker == APP1]
    main = next((body for body in packets if body.startswith(XMP)), b"")
    guid = extended_guid(main)
    parts = [s for s in segments if s.marker == APP1 and s.body.startswith(XMP_MORE)]
    if not parts:
        return _Extended(guid)
    whole = b""
    for place, part in sorted(_part(s.body) for s in parts if _guid(s.body) == guid):
        if place == len(whole):
            whole += part
    cleaned = clean_xmp(whole, purpose)
    if cleaned.data is None:
        return _Extended(guid, left_out=cleaned.left_out)
    if cleaned.data == whole:
        return _Extended(guid, guid, [s for s in parts if _guid(s.body) == guid])
    digest = hashlib.md5(cleaned.data, usedforsecurity=False).hexdigest().upper().encode()
    room = LARGEST - MORE_HEAD
    head = XMP_MORE + digest + len(cleaned.data).to_bytes(4, "big")
    cut = [
        Segment(APP1, head + (room * index).to_bytes(4, "big") + part)
        for index, part in enumerate(_cut(cleaned.data, room))
    ]
    return _Extended(guid, digest, cut, cleaned.left_out)


def _guid(body: bytes) -> bytes:
    return body[len(XMP_MORE) : len(XMP_MORE) + 32]


def _part(body: bytes) -> tuple[int, bytes]:
    """Where the part belongs, and what it holds."""
    return int.from_bytes(body[MORE_HEAD - 4 : MORE_HEAD], "big"), body[MORE_HEAD:]


def _main_xmp(body: bytes, purpose: Purpose, more: _Extended) -> CleanSegments:
    cleaned = clean_xmp(body[len(XMP) :], purpose)
    if cleaned.data is None:
        return CleanSegments(left_out=cleaned.left_out)
    packet, following = cleaned.data, []
    if more.announced is not None and extended_guid(packet) == more.announced:
        packet = with_extended_guid(packet, more.guid)
        following, more.segments = more.segments, []
    left_out = merge(cleaned.left_out, more.left_out)
    return CleanSegments([Segment(APP1, XMP + packet), *following], left_out)


def _cut(data: bytes, room: int) -> list[bytes]:
    return [data[at : at + room] for at in range(0, len(data), room)]
