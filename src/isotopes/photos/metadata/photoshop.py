"""Photoshop's image resources (8BIM), cleaned: thumbnails go, and all that isn't known.

They lie in a JPEG's APP13 segments and in TIFF's tag 34377.
Reference: Adobe Photoshop file formats specification, image resource blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from isotopes.photos.metadata.cleaned import (
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Cleaned,
    Purpose,
    merge,
)
from isotopes.photos.metadata.iptc import clean_iptc
from isotopes.photos.metadata.pictures import shows_picture
from isotopes.photos.metadata.text import block_tells_position
from isotopes.photos.metadata.xmp import clean_xmp

SIGNATURES = {b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa"}
IPTC, IPTC_DIGEST, EXIF, MORE_EXIF, XMP = 1028, 1061, 1058, 1059, 1060
THUMBNAILS = {1033, 1036}
TEXTS = {1006, 1008, 1035, 1045, 1054}  # names of channels, caption, links
# Resolution, names and colours of channels, printing, caption, background, paths, guides, copyright
# flag, angles, seed, version, scale, aspect: numbers and names about the picture and its print.
KNOWN = {1005, 1006, 1007, 1008, 1010, 1011, 1013, 1014, 1015, 1016, 1019, 1022, 1024, 1026, 1028}
KNOWN |= {1030, 1032, 1034, 1035, 1037, 1039, 1040, 1041, 1044, 1045, 1049, 1050, 1053, 1054}
KNOWN |= {1057, 1058, 1059, 1060, 1061, 1062, 1064, 1065, 1066, 1067, 1069, 1071, 1072, 1073}
KNOWN |= {1076, 1077, 1078, 1080, 1082, 1083, 1087, *range(2000, 3000), 10000}
SMALL = 128  # bytes, 6 x 7 pixels: unknown resources stay only up to this size

Clean = Callable[[bytes, Purpose], Cleaned]


class _Resource(NamedTuple):
    number: int
    head: bytes  # signature, number and name, as they stand
    body: bytes


def clean_photoshop(block: bytes, purpose: Purpose) -> Cleaned:
    """The resources without what may not stay; not longer than they were.

    Nothing stays of a block that can't be read.
    """
    kept: list[_Resource] = []
    left_out: list[str] = []
    iptc_changed = False
    for resource in _read(block):
        if resource is None:
            return Cleaned(None, (NOT_UNDERSTOOD,))
        cleaned = _clean(resource, purpose)
        left_out += cleaned.left_out
        iptc_changed |= resource.number == IPTC and bool(cleaned.left_out)
        if cleaned.data is not None:
            kept.append(resource._replace(body=cleaned.data))
    if not left_out:
        return Cleaned(block)
    if iptc_changed:  # the checksum of the old one
        kept = [resource for resource in kept if resource.number != IPTC_DIGEST]
    return Cleaned(b"".join(map(_encode, kept)) or None, merge(tuple(left_out)))


def _clean(resource: _Resource, purpose: Purpose) -> Cleaned:
    from isotopes.photos.metadata.exif import clean_exif  # which may hold such resources itself

    blocks: dict[int, Clean] = {
        IPTC: clean_iptc,
        EXIF: clean_exif,
        MORE_EXIF: clean_exif,
        XMP: clean_xmp,
    }
    if resource.number in THUMBNAILS:
        return Cleaned(None, (THUMBNAIL,))
    if purpose is Purpose.NO_POSITION and _tells_position(resource):
        return Cleaned(None, (POSITION,))
    if resource.number in blocks:
        return blocks[resource.number](resource.body, purpose)
    if shows_picture(resource.body):
        return Cleaned(None, (THUMBNAIL,))
    unknown = resource.number not in KNOWN
    if unknown and (purpose is Purpose.NO_POSITION or len(resource.body) > SMALL):
        return Cleaned(None, (NOT_UNDERSTOOD,))
    return Cleaned(resource.body)


def _tells_position(resource: _Resource) -> bool:
    """Whether its name does, or, of a text, what it says."""
    texts = [resource.head[6:], resource.body if resource.number in TEXTS else b""]
    return any(map(block_tells_position, texts))


def _encode(resource: _Resource) -> bytes:
    body = resource.body
    return b"".join((resource.head, len(body).to_bytes(4, "big"), body, b"\0" * (len(body) % 2)))


def _read(block: bytes) -> Iterator[_Resource | None]:
    """Its resources; ends with None at one that can't be read."""
    position, filled = 0, len(block.rstrip(b"\0"))
    while position < filled:
        start = (
            position + 7 + block[position + 6 : position + 7].ljust(1, b"\0")[0]
        )  # behind its name
        start += (start - position) % 2
        size = int.from_bytes(block[start : start + 4], "big")
        end = start + 4 + size
        if block[position : position + 4] not in SIGNATURES or end > len(block):
            yield None
            return
        number = int.from_bytes(block[position + 4 : position + 6], "big")
        yield _Resource(number, block[position:start], block[start + 4 : end])
        position = end + size % 2
