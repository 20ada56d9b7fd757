"""Pictures are found however they are wrapped, and nothing else is taken for one."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib

import numpy as np
import pytest
from photo_files import encode, exif, profile, scene
from tiff_files import tiff_file

from isotopes.photos.metadata.pictures import shows_picture

PICTURES = {kind: encode(scene(20, 30), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP")}
PICTURES["JPEG2000"] = encode(scene(20, 30), "JPEG2000")
PICTURES["TIFF"] = tiff_file(scene(20, 30))
PICTURES["BigTIFF"] = tiff_file(scene(20, 30), big=True, order=">")
BODY = np.random.default_rng(2).bytes(100)
PICTURES["PSD"] = b"8BPS\0\1" + BODY
PICTURES["MP4"] = b"\0\0\0\x18ftypmp42" + BODY
PICTURES["AVIF"] = b"\0\0\0\x18ftypavif" + BODY
WRAPPINGS = {
    "bare": lambda data: data,
    "behind something": lambda data: b"some maker\0\1\2" + data + b"\0\0",
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "base64 for URLs": base64.urlsafe_b64encode,
    "base64 with XML's line breaks": lambda data: base64.encodebytes(data).replace(b"\n", b"&#xA;"),
    "base64 behind letters": lambda data: b"data" + base64.b64encode(b"x" + data),
    "hexadecimal": binascii.hexlify,
    "hexadecimal in lines": lambda data: binascii.hexlify(data, b"\n", 36),
    "UTF-16": lambda data: base64.b64encode(data).decode().encode("utf-16-le"),
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "base64 in zlib": lambda data: zlib.compress(base64.b64encode(data)),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_in_every_wrapping(kind: str, wrapping: str) -> None:
    assert shows_picture(WRAPPINGS[wrapping](PICTURES[kind]))


def test_other_data_is_none() -> None:
    rng = np.random.default_rng(0)
    nikon = b"Nikon\0\2\x10\0\0MM\0*\0\0\0\x08" + b"\0\1\0\1\0\7\0\0\0\4abcd" + bytes(200)
    others = [
        profile(),
        exif(6).tobytes(),
        nikon,
        b"a tree " * 500,
        "Größe ✓ ".encode() * 500,
        base64.b64encode(rng.bytes(3_000)),
        zlib.compress(b"some settings" * 100),
        bytes(10_000),
        b"II*\0 is how a TIFF begins, BM is a bitmap, \xff\xd8\xff is a JPEG" * 3,
    ]
    assert not [block[:20] for block in others if shows_picture(block)]


def test_chance_makes_hardly_any() -> None:
    rng = np.random.default_rng(1)
    assert sum(shows_picture(rng.bytes(64_000)) for _ in range(60)) <= 1


def test_a_bomb_is_not_unfolded() -> None:
    assert not shows_picture(zlib.compress(bytes(200_000_000), 9))
