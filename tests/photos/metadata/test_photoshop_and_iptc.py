"""Photoshop's resources and IPTC's records: thumbnails and unknown blocks go, the rest stays."""

from __future__ import annotations

import io

import pytest
from file_shapes.shape import (
    GPS,
    dataset,
    exif,
    iptc,
    photoshop_thumbnail,
    placed_packet,
    resource,
    thumbnail,
)
from photo_files import encode, scene
from PIL import Image
from tiff_files import LONG, exif_block

from isotopes.photos.metadata.cleaned import (
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Purpose,
)
from isotopes.photos.metadata.iptc import clean_iptc
from isotopes.photos.metadata.photoshop import clean_photoshop

MARKED, NO_POSITION = Purpose.MARKED, Purpose.NO_POSITION
RESOLUTION, PATH = resource(1005, bytes(16)), resource(2000, bytes(1_300))


def resources(block: bytes) -> dict[int, bytes]:
    """By number, as Pillow reads them out of a JPEG."""
    app13 = b"Photoshop 3.0\0" + block
    data = encode(scene(), "JPEG")
    length = (len(app13) + 2).to_bytes(2, "big")
    with Image.open(io.BytesIO(data[:2] + b"\xff\xed" + length + app13 + data[2:])) as picture:
        return picture.info["photoshop"]


@pytest.mark.parametrize("number", [1033, 1036])
def test_thumbnails_go_and_the_rest_stays(number: int) -> None:
    block = photoshop_thumbnail(number) + PATH + resource(1028, iptc())
    cleaned = clean_photoshop(block, MARKED)
    assert cleaned.left_out == (THUMBNAIL,)
    assert cleaned.data == RESOLUTION + PATH + resource(1028, iptc())
    assert set(resources(cleaned.data)) == {1005, 2000, 1028}


def test_unknown_resources_stay_only_if_they_are_small_and_the_strip_takes_them() -> None:
    small, large = resource(4_000, bytes(128)), resource(4_001, bytes(129))
    assert clean_photoshop(RESOLUTION + small + large, MARKED).data == RESOLUTION + small
    assert clean_photoshop(RESOLUTION + small + large, NO_POSITION).data == RESOLUTION


def test_positions_inside_are_cleaned_and_a_picture_anywhere_goes() -> None:
    block = resource(1058, exif(gps=True)[6:]) + resource(1060, placed_packet()) + PATH
    cleaned = clean_photoshop(block, NO_POSITION)
    assert b"GPSLat" not in cleaned.data
    assert {1058, 1060, 2000} == set(resources(cleaned.data))
    hidden = clean_photoshop(resource(2000, thumbnail()) + RESOLUTION, MARKED)
    assert (hidden.data, hidden.left_out) == (RESOLUTION, (THUMBNAIL,))


def test_the_digest_goes_with_changed_records() -> None:
    digest = resource(1061, bytes(16))
    changed = resource(1028, iptc(dataset(2, 202, thumbnail())))
    assert clean_photoshop(digest + changed, MARKED).data == resource(1028, iptc())
    same = digest + resource(1028, iptc())
    assert clean_photoshop(same, MARKED).data == same


def test_names_and_odd_lengths_are_kept() -> None:
    named = b"8BIM" + (1006).to_bytes(2, "big") + b"\5alpha" + (3).to_bytes(4, "big") + b"abc\0"
    assert clean_photoshop(named + photoshop_thumbnail(), MARKED).data == named + RESOLUTION


@pytest.mark.parametrize("block", [b"8BIM\4\4\0\0\0\0\xff\xff", b"not resources at all"])
def test_a_block_that_cannot_be_read_goes(block: bytes) -> None:
    assert clean_photoshop(block, MARKED).data is None
    assert clean_photoshop(block, MARKED).left_out == (NOT_UNDERSTOOD,)


def test_resources_in_exif_in_resources_end_somewhere() -> None:
    block = b""
    for _ in range(8):
        inner = exif_block({34377: (1, block or RESOLUTION), 0x8825: (LONG, GPS)})
        block = resource(1058, inner)
    cleaned = clean_photoshop(block, NO_POSITION)
    assert cleaned.data is None or b"8\0\0\0" not in cleaned.data


def test_iptc_loses_its_preview_and_records_that_hold_pictures() -> None:
    preview = dataset(2, 200, b"\0\x0b") + dataset(2, 202, thumbnail())
    cleaned = clean_iptc(iptc(preview, dataset(8, 10, thumbnail())), MARKED)
    assert cleaned.data == iptc()
    assert cleaned.left_out == (THUMBNAIL,)


def test_iptc_tells_no_position() -> None:
    told = iptc(dataset(2, 105, "48° 8' 13\" N".encode()), dataset(2, 90, b"Munich"))
    cleaned = clean_iptc(told, NO_POSITION)
    assert cleaned.data == iptc(dataset(2, 90, b"Munich"))
    assert cleaned.left_out == (POSITION,)


def test_long_datasets_padding_and_damage() -> None:
    long = b"\x1c\2\x78\x80\4" + (3).to_bytes(4, "big") + b"abc"
    assert clean_iptc(long + bytes(3), MARKED).data == long + bytes(3)
    assert clean_iptc(long[:-1], MARKED).data is None
    assert clean_iptc(b"\x1d\2\x78\0\1a", MARKED).left_out == (NOT_UNDERSTOOD,)


def test_many_tiny_blocks_take_no_time_to_read() -> None:
    """To look at what is left behind each of them takes minutes."""
    many = resource(1005, b"") * 150_000
    assert clean_photoshop(many, MARKED).data == many
    records = dataset(2, 25, b"a") * 150_000
    assert clean_iptc(records, MARKED).data == records
