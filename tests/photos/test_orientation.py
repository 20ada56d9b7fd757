from __future__ import annotations

import io

import numpy as np
import pytest
from photo_files import encode, exif, gratings, likeness, scene, square
from PIL import Image, ImageOps

from isotopes.blending import Insertion
from isotopes.errors import MarkError
from isotopes.photos.formats import recognise
from isotopes.photos.orientation import OrientedMark, stored_mark, to_stored
from isotopes.photos.reading import read_picture

ORIENTATIONS = range(1, 9)
SIZE = (40, 64)


def shown(stored: np.ndarray, orientation: int) -> np.ndarray:
    """What Pillow makes of stored pixels with this orientation tag."""
    picture = Image.fromarray(stored)
    picture.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(picture))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_pillow_turns_back_what_to_stored_turned(orientation: int) -> None:
    upright = scene(*SIZE)
    assert (shown(to_stored(upright, orientation), orientation) == upright).all()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("mark", [gratings(), square()], ids=["whole", "masked"])
def test_an_oriented_mark_is_upright_when_shown(orientation: int, mark: object) -> None:
    stored = OrientedMark(mark, orientation).render(*SIZE)
    turned = shown(stored.pixels, orientation)
    upright = mark.render(*turned.shape[:2])
    assert (turned == upright.pixels).all()
    assert (shown(stored.full_mask.astype(np.uint8), orientation) == upright.full_mask).all()


def test_oriented_marks_compare_by_mark_and_orientation() -> None:
    assert OrientedMark(gratings(), 6) == OrientedMark(gratings(), 6)
    assert OrientedMark(gratings(), 6) != OrientedMark(gratings(), 8)
    assert len({OrientedMark(gratings(), 6), OrientedMark(gratings(), 6)}) == 1


def test_an_upright_picture_takes_the_mark_itself() -> None:
    mark = gratings()
    assert stored_mark(mark, 1) is mark


@pytest.mark.parametrize("value", [0, 9, -1])
def test_other_orientations_are_refused(value: int) -> None:
    with pytest.raises(MarkError, match=f"orientation must be 1 to 8, got {value}"):
        OrientedMark(gratings(), value)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_mark_is_upright_in_the_picture_as_shown(kind: str, orientation: int) -> None:
    data = encode(scene(80, 120), kind, exif=exif(orientation).tobytes())
    marked = recognise(data).mark(data, gratings(), Insertion.blend(0.4)).data
    before, after = (read_picture(io.BytesIO(file)) for file in (data, marked))
    assert likeness(after, before, gratings()) > 0.95
    with Image.open(io.BytesIO(marked)) as picture:
        assert picture.getexif()[0x0112] == orientation


def test_orientation_told_by_xmp_alone_counts_too() -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    data = encode(scene(80, 120), "JPEG", xmp=xmp)
    marked = recognise(data).mark(data, gratings(), Insertion.blend(0.4)).data
    before, after = (read_picture(io.BytesIO(file)) for file in (data, marked))
    assert before.shape == (120, 80, 3)
    assert likeness(after, before, gratings()) > 0.95
