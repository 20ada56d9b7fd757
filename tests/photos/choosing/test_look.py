from __future__ import annotations

from pathlib import Path

import pytest
from photo_files import bad_folder, encode, png, scene

from isotopes.photos import Fate
from isotopes.photos.choosing.look import look_at_file

GIB = 2**30


def test_a_picture_that_can_be_marked_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(scene(), "JPEG"))
    entry = look_at_file(path, "album/a.jpg", GIB)
    assert (entry.name, entry.fate, entry.reason) == ("album/a.jpg", Fate.MARKABLE, "")
    assert entry.size == path.stat().st_size
    assert entry.content is not None
    assert 0 < entry.memory < 10e6


def test_every_bad_file_keeps_its_fate(tmp_path: Path) -> None:
    expected = bad_folder(tmp_path)
    for name, (fate, reason) in expected.items():
        entry = look_at_file(tmp_path / name, name, GIB)
        assert entry.fate == fate, name
        assert entry.reason.startswith(reason), name


@pytest.mark.parametrize("name", ["still.gif", "drawing.bmp", "cmyk.jpg", "animated.webp"])
def test_pictures_that_cannot_be_marked_are_looked_at_too(tmp_path: Path, name: str) -> None:
    bad_folder(tmp_path)
    assert look_at_file(tmp_path / name, name, GIB).content is not None


@pytest.mark.parametrize(("kind", "settings"), [("PNG", {}), ("TIFF", {"compression": "tiff_lzw"})])
def test_damage_in_the_coded_pixels_is_found_before_anything_is_chosen(
    tmp_path: Path, kind: str, settings: dict[str, str]
) -> None:
    data = bytearray(encode(scene(400, 600), kind, **settings))
    half = len(data) // 2
    data[half : half + 400] = bytes(400)
    (tmp_path / "damaged").write_bytes(data)
    entry = look_at_file(tmp_path / "damaged", "damaged", GIB)
    assert entry.fate is Fate.COPIED
    assert entry.reason


def test_a_picture_that_needs_more_memory_than_it_may_take_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(scene(200, 300), 2, 8))
    entry = look_at_file(path, "a.png", 10**6)
    assert entry.fate is Fate.COPIED
    assert entry.reason == "needs about 0.0 GB of memory, and may take 0.0 (--memory)"
    assert entry.content is None
    assert look_at_file(path, "a.png", 10**7).fate is Fate.MARKABLE


def test_what_vanished_is_unreadable(tmp_path: Path) -> None:
    entry = look_at_file(tmp_path / "gone.jpg", "gone.jpg", GIB)
    assert (entry.fate, entry.reason) == (Fate.UNREADABLE, "No such file or directory")
