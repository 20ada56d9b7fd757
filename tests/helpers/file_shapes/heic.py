"""HEIC files, where pillow-heif is installed, with boxes that phones add."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from photo_files import encode

from file_shapes.shape import (
    FILM,
    LATITUDE,
    WHERE,
    Shape,
    exif,
    manifest,
    motion_packet,
    picture,
    placed_packet,
    thumbnail_packet,
)

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def box(kind: bytes, body: bytes) -> bytes:
    """As it stands in a file."""
    return struct.pack(">I", 8 + len(body)) + kind + body


def heic_shapes() -> Iterator[Shape]:
    """All of them; none without pillow-heif."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()
    rgb = picture()
    yield Shape("plain.heic", encode(rgb, "HEIF", quality=90, exif=exif()))
    yield Shape("portrait.heic", encode(rgb, "HEIF", quality=90, exif=exif(6)))
    small = encode(rgb, "HEIF", quality=90, exif=exif(small=True))
    yield Shape("thumbnail.heic", small, hidden=True)
    small = encode(rgb, "HEIF", quality=90, xmp=thumbnail_packet())
    yield Shape("thumbnail-xmp.heic", small, hidden=True)
    placed = encode(rgb, "HEIF", quality=90, exif=exif(gps=True), xmp=placed_packet())
    yield Shape("gps.heic", placed, secrets=(*WHERE, LATITUDE.encode()))
    film = box(b"mpvd", FILM)
    motion = encode(rgb, "HEIF", quality=90, xmp=motion_packet(len(FILM))) + film
    yield Shape("motion-photo.heic", motion, gone=(FILM[:40],))
    plain = encode(rgb, "HEIF", quality=90)
    yield Shape("c2pa.heic", plain + box(b"uuid", C2PA + manifest()), hidden=True)
    yield Shape("free-box.heic", plain + box(b"free", b"lat=48.1333 " * 9), gone=(b"48.1333",))
