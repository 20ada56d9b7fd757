from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from photo_files import bad_folder, decode, encode, exif, full, png, scene
from PIL import Image
from tiff_files import tiff_file

from isotopes.errors import FolderError, PhotoError
from isotopes.photos import read_folder, read_picture
from isotopes.photos.reading import read_small


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_pictures_are_read_as_rgb_bytes(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(encode(scene(), kind))
    picture = read_picture(tmp_path / "a")
    assert picture.dtype == np.uint8
    assert (picture == scene()).all()


def test_turned_pictures_are_read_upright() -> None:
    data = encode(scene(40, 60), "PNG", exif=exif(6).tobytes())
    assert (read_picture(io.BytesIO(data)) == np.rot90(scene(40, 60), -1)).all()


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    data = encode(Image.fromarray(scene()).convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    picture = read_picture(io.BytesIO(data))
    assert picture.shape == (96, 144, 3)
    assert (picture == decode(data, "RGB")).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_cut_off(kind: str) -> None:
    deep = np.linspace(0, 65_535, 96 * 144).reshape(96, 144).astype(np.uint16)
    picture = read_picture(io.BytesIO(encode(deep, kind)))
    assert (picture == np.rint(deep / 257)[..., None]).all()


def test_16_bit_colour_is_read_as_8() -> None:
    deep = scene().astype(np.uint16) * 257
    assert (read_picture(io.BytesIO(png(deep, 2, 16))) == scene()).all()


def test_heic_is_read_where_the_plugin_is() -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    data = full("HEIF", orientation=6, quality=90)
    assert read_picture(io.BytesIO(data)).shape == (144, 96, 3)


def test_a_folder_is_read_in_order_and_the_rest_told(tmp_path: Path) -> None:
    bad_folder(tmp_path)
    for name in ("b.jpg", "a/c.png", ".hidden.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(encode(scene(), "PNG"))
    skipped: dict[str, str] = {}
    found = dict(read_folder(tmp_path, on_skip=lambda name, why: skipped.update({name: why})))
    assert list(found) == sorted(found)
    # What can't be marked may still be looked at.
    assert {"a/c.png", "b.jpg", "cmyk.jpg", "still.gif", "animated.webp"} <= set(found)
    assert not set(found) & set(skipped)
    assert skipped[".hidden.jpg"] == "hidden or system file"
    assert skipped["bomb.png"].startswith("decompression bomb")
    assert skipped["cut.jpg"] == "truncated"
    assert all(picture.shape[2] == 3 for picture in found.values())


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="must be a folder"):
        list(read_folder(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", ["cut.jpg", "bomb.png", "text.jpg", "zero.jpg"])
def test_what_cannot_be_read_is_told_by_name(tmp_path: Path, name: str) -> None:
    bad_folder(tmp_path)
    with pytest.raises(PhotoError, match=f"{name} can't be read"):
        read_picture(tmp_path / name)


def test_what_is_no_file_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=rf"^there is no file {tmp_path}/nowhere\.jpg$"):
        read_picture(tmp_path / "nowhere.jpg")
    with pytest.raises(PhotoError, match=rf"^{tmp_path} is a folder, not a file$"):
        read_picture(tmp_path)


def test_16_bit_white_is_zero_is_no_negative() -> None:
    """Pillow gives it out as one; ImageMagick, libvips and exiftool's preview don't."""
    deep = np.linspace(0, 65_535, 96 * 144).reshape(96, 144, 1).astype(np.uint16)
    shown = read_picture(io.BytesIO(tiff_file(deep)))
    negative = tiff_file(65_535 - deep, photometric=0)
    assert (read_picture(io.BytesIO(negative)) == shown).all()
    assert (read_small(io.BytesIO(negative), 8) == shown).all()
