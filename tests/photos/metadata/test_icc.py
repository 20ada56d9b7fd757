from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable

import numpy as np
import pytest
from photo_files import encode, profile
from PIL import Image, ImageCms

from isotopes.blending import Insertion
from isotopes.marks import get_family
from isotopes.photos.formats import recognise
from isotopes.photos.metadata.cleaned import UNSOUND_PROFILE
from isotopes.photos.metadata.icc import is_sound

PIXELS = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
JPEG = encode(PIXELS, "JPEG", icc_profile=None)
HEAD = 128


def sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data[4:]


def with_tag(data: bytes, kind: bytes, body: bytes) -> bytes:
    """The profile with one more tag; all others move by a tag's entry."""
    (count,) = struct.unpack_from(">I", data, HEAD)
    table, rest = data[HEAD + 4 : HEAD + 4 + 12 * count], data[HEAD + 4 + 12 * count :]
    moved = b"".join(
        struct.pack(">4sII", tag, start + 12, size)
        for tag, start, size in struct.iter_unpack(">4sII", table)
    )
    rest += bytes(-len(rest) % 4)
    start = HEAD + 4 + 12 * (count + 1) + len(rest)
    entry = struct.pack(">4sII", b"hide", start, 8 + len(body))
    head = data[:HEAD] + struct.pack(">I", count + 1)
    return sized(head + moved + entry + rest + kind + bytes(4) + body)


UNSOUND: dict[str, Callable[[bytes], bytes]] = {
    "a picture alone": lambda _: JPEG,
    "a picture behind": lambda data: data + JPEG,
    "a picture behind, within its size": lambda data: sized(data + JPEG),
    "a picture in a tag": lambda data: with_tag(data, b"data", JPEG),
    "a picture in a tag of no known kind": lambda data: with_tag(data, b"what", bytes(99)),
    "raw pixels between": lambda data: sized(data + PIXELS.tobytes()),
    "cut": lambda data: data[:-9],
    "no signature": lambda data: data[:36] + b"ABCD" + data[40:],
    "too many tags": lambda data: data[:HEAD] + b"\xff" * 4 + data[HEAD + 4 :],
    "a tag that lies outside": lambda data: data[: HEAD + 8] + b"\xff" * 4 + data[HEAD + 12 :],
    "noise": lambda _: os.urandom(500),
    "empty header": lambda _: bytes(132),
}


@pytest.mark.parametrize("colours", ["sRGB", "LAB", "XYZ"])
def test_real_profiles_are_sound(colours: str) -> None:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile(colours)).tobytes()
    assert is_sound(made)
    assert is_sound(with_tag(made, b"text", b"more"))
    assert is_sound(sized(made + bytes(3)))


@pytest.mark.parametrize("way", UNSOUND)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_only_a_profile_stays_in_a_finished_file(kind: str, way: str) -> None:
    """Whether it is marked or stripped."""
    mark = get_family("gratings").draw(bytes(32), 0)
    sound = profile()
    for icc in (sound, UNSOUND[way](sound)):
        data = encode(PIXELS, kind, icc_profile=icc)
        known = recognise(data[:32])
        assert known is not None
        marked = known.mark(data, mark, Insertion.blend(0.3))
        assert (UNSOUND_PROFILE in marked.left_out) == (icc != sound)
        results = [marked, known.strip(data, "gps"), known.strip(data, "all")]
        for written in results:
            with Image.open(io.BytesIO(written.data)) as picture:
                picture.load()
                assert picture.info.get("icc_profile") == (sound if icc == sound else None)
                assert picture.size == (64, 48)
