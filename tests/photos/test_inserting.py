from __future__ import annotations

import io

import numpy as np
import pytest
from photo_files import encode, gratings, scene
from PIL import Image

from isotopes.blending import Insertion, blend
from isotopes.errors import PhotoError
from isotopes.marks import Mark, get_family
from isotopes.photos import read_picture
from isotopes.photos.inserting import COLOUR_ALONE, is_grey, mark_picture


def tints() -> Mark:
    return get_family("tints").draw(bytes(32), 0)


def saved(pixels: np.ndarray, kind: str, mode: str | None = None, **how: object) -> bytes:
    file = io.BytesIO()
    picture = Image.fromarray(pixels)
    (picture if mode is None else picture.convert(mode)).save(file, kind, **how)
    return file.getvalue()


NEUTRAL = np.repeat(scene(72, 96)[..., :1], 3, axis=2)
DEEP = NEUTRAL[..., 0].astype(np.uint16) * 257
GREY = {
    "JPEG L": saved(NEUTRAL, "JPEG", "L"),
    "JPEG RGB": saved(NEUTRAL, "JPEG"),
    "PNG L": saved(NEUTRAL, "PNG", "L"),
    "PNG 1": saved(NEUTRAL, "PNG", "1"),
    "PNG LA": saved(NEUTRAL, "PNG", "LA"),
    "PNG RGBA": saved(NEUTRAL, "PNG", "RGBA"),
    "PNG P": saved(NEUTRAL, "PNG", "P", ),
    "PNG 16": saved(DEEP, "PNG"),
    "TIFF L": saved(NEUTRAL, "TIFF", "L"),
    "TIFF RGB": saved(NEUTRAL, "TIFF"),
    "WebP": saved(NEUTRAL, "WEBP", lossless=True),
}  # fmt: skip
if not (np.asarray(Image.open(io.BytesIO(GREY["PNG P"])).convert("RGB")).std(axis=2) == 0).all():
    del GREY["PNG P"]  # Pillow's palette has colours of its own


@pytest.mark.parametrize("kind", GREY)
def test_grey_pictures_take_no_mark_of_colour(kind: str) -> None:
    assert is_grey(GREY[kind])
    with pytest.raises(PhotoError, match=COLOUR_ALONE):
        mark_picture(GREY[kind], tints(), 0.3)
    assert mark_picture(GREY[kind], gratings(), 0.3).data != GREY[kind]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_single_spot_of_colour_makes_a_colour_picture(kind: str) -> None:
    spot = NEUTRAL.copy()
    spot[60:68, 80:90] = (200, 30, 30)
    data = saved(spot, kind)
    assert not is_grey(data)
    mark_picture(data, tints(), 0.3)


def test_files_that_cannot_be_read_are_not_called_grey() -> None:
    assert not is_grey(b"")
    assert not is_grey(saved(scene(), "PNG")[:200])


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_mark_that_is_added_is_added(kind: str) -> None:
    data = encode(scene(), kind)
    before = read_picture(io.BytesIO(data))
    after = read_picture(io.BytesIO(mark_picture(data, tints(), 0.32).data))
    change = tints().render(*before.shape[:2]).pixels.astype(float) - 128
    exact = (before + 0.32 * change).clip(0, 255)
    assert np.abs(after - exact).max() <= 0.5 + 1e-4
    assert (after == blend(before, tints(), 0.32)).all()


def test_a_jpeg_keeps_the_mark() -> None:
    """On its coefficients: the change has the mark's colour and size."""
    data = encode(scene(96, 144), "JPEG")
    before = read_picture(io.BytesIO(data)).astype(float)
    after = read_picture(io.BytesIO(mark_picture(data, tints(), 0.5).data)).astype(float)
    change = tints().render(96, 144).pixels.astype(float) - 128
    found = float(((after - before) * change).sum() / (change**2).sum())
    assert found == pytest.approx(0.5, abs=0.1)


def test_the_rule_follows_the_mark() -> None:
    assert Insertion.of(gratings(), 0.25) == Insertion.blend(0.25)
    assert Insertion.of(tints(), 0.25) == Insertion(1, 0.25, -32)
    assert Insertion.of(tints().render(4, 4), 0.25) == Insertion(1, 0.25, -32)
