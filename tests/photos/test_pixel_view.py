"""Memory that is kept from one photo to the next."""

from __future__ import annotations

import io

import pytest
from photo_files import decode, encode, gratings, scene
from PIL import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from isotopes.blending import Insertion
from isotopes.photos.jpeg.through_pixels import mark_pixels
from isotopes.photos.pixel_view import kept_memory, own_memory


def place_of(height: int, width: int, kind: str = "RGB") -> int:
    """Where in memory a photo of that size is decoded to."""
    pixels = scene(height, width)
    data = encode(pixels if kind == "RGB" else pixels[..., 0], "JPEG")
    picture = JpegImageFile(io.BytesIO(data))
    with kept_memory(picture):
        picture.load()
        with own_memory(picture) as memory:
            return memory.ctypes.data


def test_the_next_photo_of_that_size_is_decoded_into_the_same_memory() -> None:
    first = place_of(300, 500)
    held = bytearray(4 * 300 * 500)  # what would take the place, were it free
    assert place_of(300, 500) == first
    assert len(held) == 4 * 300 * 500


@pytest.mark.parametrize(("height", "width", "kind"), [(30, 50, "RGB"), (40, 40, "L")])
def test_a_photo_of_another_size_or_kind_is_decoded_all_the_same(
    height: int, width: int, kind: str
) -> None:
    pixels = scene(height, width) if kind == "RGB" else scene(height, width)[..., 0]
    data = encode(pixels, "JPEG")
    alone = mark_pixels(data, gratings(), Insertion.blend(0.4))
    mark_pixels(encode(scene(40, 40), "JPEG"), gratings(), Insertion.blend(0.4))
    assert mark_pixels(data, gratings(), Insertion.blend(0.4)) == alone


def test_decoders_that_may_break_off_silently_get_memory_without_the_last_photo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place_of(40, 40)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # some programs set it
    picture = JpegImageFile(io.BytesIO(encode(scene(40, 40), "JPEG")))
    with kept_memory(picture):
        assert picture.im.getbbox() is None
        picture.load()
        assert picture.im.getbbox() == (0, 0, 40, 40)


def test_a_photo_that_fails_leaves_nothing_behind() -> None:
    data = encode(scene(), "JPEG")
    with pytest.raises(OSError, match="truncated"):
        mark_pixels(data[: len(data) // 2], gratings(), Insertion.blend(0.4))
    again = mark_pixels(data, gratings(), Insertion.blend(0.4))
    assert decode(again).shape == scene().shape
