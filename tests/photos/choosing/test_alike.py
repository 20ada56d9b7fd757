from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import encode, exif, full, scene
from PIL import Image

from isotopes.errors import PhotoError
from isotopes.photos import Alike, Bond, group_alike
from isotopes.photos.choosing.fingerprint import read_content


def groups(folder: Path, unmarkable: tuple[str, ...] = ()) -> dict[str, Alike]:
    """By the first name."""
    contents = {path.name: read_content(path) for path in folder.iterdir()}
    return {group.names[0]: group for group in group_alike(contents, unmarkable)}


def shot(picture: np.ndarray, time: str, fraction: str = "", camera: str = "X1") -> bytes:
    block = Image.Exif()
    block[0x0110] = camera
    block[0x8769] = {0x9003: time, 0x9291: fraction} if fraction else {0x9003: time}
    return encode(picture, "JPEG", exif=block.tobytes())


def test_every_picture_is_in_one_group(tmp_path: Path) -> None:
    for seed in range(6):
        (tmp_path / f"{seed}.jpg").write_bytes(encode(scene(seed=seed), "JPEG"))
    found = groups(tmp_path)
    assert [group.names for group in found.values()] == [(f"{seed}.jpg",) for seed in range(6)]
    assert not any(group.bonds or group.obstacle for group in found.values())


def test_copies_have_the_same_pixels_whatever_else_is_in_the_file(tmp_path: Path) -> None:
    jpeg = encode(scene(), "JPEG")
    (tmp_path / "a.jpg").write_bytes(jpeg)
    (tmp_path / "b.jpg").write_bytes(jpeg)
    (tmp_path / "c.jpg").write_bytes(jpeg[:2] + b"\xff\xfe\0\x08a tree" + jpeg[2:])
    (tmp_path / "d.jpg").write_bytes(encode(scene(seed=1), "JPEG"))
    found = groups(tmp_path)
    assert found["a.jpg"].names == ("a.jpg", "b.jpg", "c.jpg")
    assert found["a.jpg"].bonds == {Bond.COPY}
    assert found["d.jpg"].names == ("d.jpg",)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_versions_in_other_formats_and_sizes_belong_together(tmp_path: Path, kind: str) -> None:
    picture = Image.fromarray(scene(400, 600))
    (tmp_path / "a.jpg").write_bytes(encode(picture, "JPEG", quality=90))
    (tmp_path / "b").write_bytes(encode(picture.resize((150, 100)), kind))
    (tmp_path / "c.jpg").write_bytes(encode(scene(400, 600, 1), "JPEG"))
    assert groups(tmp_path)["a.jpg"].names == ("a.jpg", "b")
    assert groups(tmp_path)["a.jpg"].bonds == {Bond.VERSION}


def test_the_draw_does_not_depend_on_how_many_copies_there_are(tmp_path: Path) -> None:
    picture = Image.fromarray(scene(400, 600))
    (tmp_path / "a.png").write_bytes(encode(picture, "PNG"))
    alone = groups(tmp_path)["a.png"].content
    (tmp_path / "b.png").write_bytes(encode(picture, "PNG", compress_level=1))
    assert groups(tmp_path)["a.png"].content == alone


def test_pictures_are_compared_as_they_are_shown(tmp_path: Path) -> None:
    """The same photo stored on its side with an orientation, and upright without."""
    stored = scene(300, 200)
    (tmp_path / "a.png").write_bytes(encode(stored, "PNG", exif=exif(6).tobytes()))
    (tmp_path / "b.png").write_bytes(encode(np.rot90(stored, -1).copy(), "PNG"))
    assert groups(tmp_path)["a.png"].bonds == {Bond.COPY}


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_turned_copy_keeps_all_of_them_without_the_mark(tmp_path: Path, quarter: int) -> None:
    (tmp_path / "a.jpg").write_bytes(encode(scene(300, 200), "JPEG"))
    (tmp_path / "b.jpg").write_bytes(encode(np.rot90(scene(300, 200), quarter).copy(), "JPEG"))
    group = groups(tmp_path)["a.jpg"]
    assert group.names == ("a.jpg", "b.jpg")
    assert group.obstacle == (
        "there is the same picture, turned or mirrored: both with the mark would give it away"
    )


def test_a_copy_that_cannot_be_marked_keeps_all_of_them_without(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encode(scene(), "JPEG"))
    (tmp_path / "b.bmp").write_bytes(encode(scene(), "BMP"))
    (tmp_path / "c.bmp").write_bytes(encode(scene(seed=1), "BMP"))
    found = groups(tmp_path, ("b.bmp", "c.bmp"))
    assert found.keys() == {"a.jpg"}
    assert found["a.jpg"].bare == ("b.bmp",)
    assert found["a.jpg"].obstacle == "b.bmp shows the same and can't be marked"


def test_shots_of_a_burst_belong_together(tmp_path: Path) -> None:
    wide = cv2.resize(np.random.default_rng(0).integers(0, 256, (14, 21, 3), np.uint8), (900, 600))
    time = "2026:05:01 10:00:0"
    views = [wide[20 * n : 20 * n + 480, 30 * n : 30 * n + 640].copy() for n in range(5)]
    (tmp_path / "1.jpg").write_bytes(shot(views[0], f"{time}0", "9"))
    (tmp_path / "2.jpg").write_bytes(shot(views[1], f"{time}1", "2"))
    (tmp_path / "3.jpg").write_bytes(shot(views[2], f"{time}3"))
    (tmp_path / "later.jpg").write_bytes(shot(views[3], "2026:05:01 10:00:30"))
    (tmp_path / "other camera.jpg").write_bytes(shot(views[4], f"{time}2", camera="Y2"))
    (tmp_path / "other scene.jpg").write_bytes(shot(scene(480, 640, 9), f"{time}2"))
    found = groups(tmp_path)
    assert found["1.jpg"].names == ("1.jpg", "2.jpg", "3.jpg")
    assert found["1.jpg"].bonds == {Bond.BURST}
    assert found.keys() == {"1.jpg", "later.jpg", "other camera.jpg", "other scene.jpg"}


@pytest.mark.parametrize(
    ("time", "bond"),
    [("10:00:00", Bond.PART), ("10:05:00", Bond.BURST), ("unknown", Bond.PART)],
)
def test_a_crop_has_the_time_of_its_original(tmp_path: Path, time: str, bond: Bond) -> None:
    """Another time is that of another shot, taken closer to the scene."""
    coarse = np.random.default_rng(0).integers(30, 226, (5, 7, 3), np.uint8)
    picture = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)
    (tmp_path / "a.jpg").write_bytes(shot(picture, "2026:05:01 10:00:00"))
    (tmp_path / "b.jpg").write_bytes(shot(picture[72:-72, 96:-96].copy(), f"2026:05:01 {time}"))
    found = groups(tmp_path)["a.jpg"]
    assert bond in found.bonds
    assert bool(found.obstacle) is (bond is Bond.PART)


def test_an_edit_that_keeps_its_time_is_no_shot_of_a_burst(tmp_path: Path) -> None:
    brighter = np.clip(scene() * 1.15 - 9, 0, 255).astype(np.uint8)
    for name, picture in (("a.jpg", scene()), ("b.jpg", brighter)):
        (tmp_path / name).write_bytes(shot(picture, "2026:05:01 10:00:00"))
    assert groups(tmp_path)["a.jpg"].obstacle.startswith("there is the same picture with edits")


def test_icons_are_compared_with_larger_pictures_only(tmp_path: Path) -> None:
    for number in range(4):
        noise = np.random.default_rng(number).normal(0, 2, (40, 60, 3))
        icon = np.clip(scene(40, 60, 7) + noise, 0, 255).astype(np.uint8)
        (tmp_path / f"{number}.png").write_bytes(encode(icon, "PNG"))
    assert len(groups(tmp_path)) == 4
    (tmp_path / "large.png").write_bytes(encode(scene(400, 600), "PNG"))
    thumbnail = cv2.resize(scene(400, 600), (36, 24), interpolation=cv2.INTER_AREA)
    (tmp_path / "thumbnail.png").write_bytes(encode(thumbnail, "PNG"))
    assert groups(tmp_path)["large.png"].names == ("large.png", "thumbnail.png")


@pytest.mark.parametrize(
    "time", ["", "yesterday", "2026:13:45 99:00:00", "0000:00:00 00:00:00", "2026:05:01", "\0"]
)
def test_odd_times_are_no_times(tmp_path: Path, time: str) -> None:
    (tmp_path / "a.jpg").write_bytes(shot(scene(), time))
    assert read_content(tmp_path / "a.jpg").moment is None


def test_damaged_exif_is_no_obstacle(tmp_path: Path) -> None:
    data = bytearray(full("JPEG"))
    start = data.index(b"Exif\0\0")
    end = start - 2 + int.from_bytes(data[start - 2 : start], "big")
    rng = np.random.default_rng(0)
    for _ in range(50):
        damaged = data.copy()
        for place in rng.integers(start + 6, end, 8):
            damaged[place] = rng.integers(256)
        (tmp_path / "a.jpg").write_bytes(damaged)
        assert read_content(tmp_path / "a.jpg").pixels.startswith("sha256:")


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a tree")
    with pytest.raises(PhotoError, match="can't be read"):
        read_content(tmp_path / "a.jpg")
