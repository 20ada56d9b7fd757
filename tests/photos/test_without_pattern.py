"""Marks without a pattern in files: through pixels, upright, and refused if they can't go in."""

from __future__ import annotations

import io

import numpy as np
import pytest
from file_shapes.tiff import jpeg_strips
from photo_files import encode, scene
from PIL import Image

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.marks import PatternlessMark, get_family
from isotopes.photos.inserting import COLOUR_ALONE, mark_picture
from isotopes.photos.jpeg.coefficients import mark_coefficients
from isotopes.photos.orientation import stored_mark, to_stored
from isotopes.photos.pixels import insert_pixels
from isotopes.photos.reading import read_picture

STRENGTH = 0.4
ORIENTATION = 0x0112
FAMILIES = ("bent", "grade")


def mark_of(family: str) -> PatternlessMark:
    mark = get_family(family).draw(bytes(32), 0)
    assert isinstance(mark, PatternlessMark)
    return mark


def marked(data: bytes, family: str) -> np.ndarray:
    return read_picture(io.BytesIO(mark_picture(data, mark_of(family), STRENGTH).data))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_files_hold_exactly_the_change_upright(family: str, kind: str, orientation: int) -> None:
    upright = scene(48, 72)
    how = {"lossless": True} if kind == "WEBP" else {}
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    data = encode(to_stored(upright, orientation), kind, exif=tags, **how)
    assert np.array_equal(marked(data, family), mark_of(family).on(upright, STRENGTH))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_goes_through_pixels(family: str, mode: str) -> None:
    data = encode(Image.fromarray(scene()).convert(mode), "JPEG", quality=98)
    mark, before = mark_of(family), read_picture(io.BytesIO(data))
    assert mark_coefficients(data, mark, Insertion.of(mark, STRENGTH)) is None
    if mark.colour_only and mode == "L":
        with pytest.raises(PhotoError, match=COLOUR_ALONE):
            marked(data, family)
        return
    wanted, found = mark.on(before, STRENGTH).astype(int), marked(data, family)
    assert np.abs(found - wanted).mean() < 1.5


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_channels_stay_as_they_are(family: str, dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (20, 30, 4)).astype(dtype)
    mark = mark_of(family)
    for channels, drawn in ((2, 1), (4, 3)):
        given = pixels[..., :channels]
        found = insert_pixels(given, mark, Insertion.of(mark, STRENGTH))
        assert np.array_equal(found[..., drawn:], given[..., drawn:])
        colours = np.ascontiguousarray(given[..., :drawn])
        assert np.array_equal(found[..., :drawn], mark.on(colours, STRENGTH))


def test_a_warp_needs_all_of_a_picture_and_a_grade_any_part() -> None:
    data = jpeg_strips(scene(96, 144))
    with pytest.raises(PhotoError, match="can't go into a TIFF made of several JPEGs"):
        mark_picture(data, mark_of("bent"), STRENGTH)
    before = read_picture(io.BytesIO(data))
    wanted = mark_of("grade").on(before, STRENGTH).astype(int)
    assert np.abs(marked(data, "grade") - wanted).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_change_shows_what_was_drawn(orientation: int) -> None:
    mark = mark_of("bent")
    turned = stored_mark(mark, orientation)
    upright = mark.render(40, 60).pixels
    stored = to_stored(upright, orientation)
    assert np.array_equal(turned.render(*stored.shape[:2]).pixels, stored)
    assert stored_mark(mark_of("grade"), orientation) == mark_of("grade")
