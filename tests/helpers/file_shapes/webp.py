"""WebP files, chunk by chunk."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from photo_files import encode, profile
from PIL import Image

from file_shapes.shape import (
    FILM,
    LATITUDE,
    WHERE,
    Shape,
    exif,
    manifest,
    picture,
    placed_packet,
    thumbnail,
    thumbnail_packet,
)


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """With one more chunk at the end."""
    chunk = kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(data) - 8 + len(chunk)) + data[8:] + chunk


def webp_shapes() -> Iterator[Shape]:
    """All of them."""
    rgb = picture()
    lossy = encode(rgb, "WEBP", quality=90, exif=exif(), icc_profile=profile())
    yield Shape("lossy.webp", lossy)
    alpha = np.dstack([rgb, np.full(rgb.shape[:2], 200, np.uint8)])
    yield Shape("alpha.webp", encode(alpha, "WEBP", lossless=True, exact=True))
    yield Shape("portrait.webp", encode(rgb, "WEBP", lossless=True, exif=exif(6)[6:]))
    yield Shape("thumbnail.webp", encode(rgb, "WEBP", lossless=True, exif=exif(small=True)), True)
    yield Shape(
        "thumbnail-xmp.webp", encode(rgb, "WEBP", lossless=True, xmp=thumbnail_packet()), True
    )
    placed = encode(rgb, "WEBP", quality=90, exif=exif(gps=True), xmp=placed_packet())
    yield Shape("gps.webp", placed, secrets=(*WHERE, LATITUDE.encode()))
    yield Shape("c2pa.webp", with_chunk(lossy, b"C2PA", manifest()), hidden=True)
    yield Shape("unknown-chunk.webp", with_chunk(lossy, b"prvw", thumbnail()), hidden=True)
    yield Shape("followed.webp", lossy + FILM, gone=(FILM[:40],))
    frames = [Image.fromarray(rgb), Image.fromarray(rgb[::-1].copy())]
    more = {"save_all": True, "append_images": frames[1:], "exif": exif(gps=True)}
    yield Shape("animated.webp", encode(frames[0], "WEBP", **more), secrets=WHERE, marked=False)
