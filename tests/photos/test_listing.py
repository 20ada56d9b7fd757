from __future__ import annotations

import errno
import io
import os
import socket
import sys
from pathlib import Path

import pytest
from photo_files import bad_folder, encode, full, png, scene
from PIL import Image

from isotopes.errors import FolderError
from isotopes.photos import Fate, check_folders, scan
from isotopes.photos.listing import examine

PHOTO = encode(scene(), "JPEG")


def fates(folder: Path) -> dict[str, tuple[str, str]]:
    return {entry.name: (entry.fate.value, entry.reason) for entry in scan(folder)}


def test_every_bad_file_has_its_fate_and_reason(tmp_path: Path) -> None:
    expected = bad_folder(tmp_path)
    found = fates(tmp_path)
    assert set(found) == set(expected)
    for name, (fate, reason) in expected.items():
        assert found[name][0] == fate, name
        assert found[name][1].startswith(reason), name


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_good_pictures_can_be_marked_whatever_they_are_called(tmp_path: Path, kind: str) -> None:
    (tmp_path / "no-suffix").write_bytes(full(kind))
    (tmp_path / "wrong.txt").write_bytes(full(kind))
    assert set(fates(tmp_path).values()) == {("markable", "")}


def test_phone_photos_with_a_film_behind_them_can_be_marked(tmp_path: Path) -> None:
    (tmp_path / "motion.jpg").write_bytes(PHOTO + b"ftypmp42" * 100)
    assert fates(tmp_path) == {"motion.jpg": ("markable", "")}


def test_names_are_relative_and_sorted_and_sizes_counted(tmp_path: Path) -> None:
    for name in ("b/c/2.jpg", "b/1.jpg", "a.jpg", "b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PHOTO)
    entries = scan(tmp_path)
    assert [entry.name for entry in entries] == ["a.jpg", "b.jpg", "b/1.jpg", "b/c/2.jpg"]
    assert {entry.size for entry in entries} == {len(PHOTO)}


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "photos", tmp_path / "outside"
    (inside / "album").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(PHOTO)
    (inside / "album/1.jpg").write_bytes(PHOTO)
    (inside / "file.jpg").symlink_to(outside / "secret.jpg")
    (inside / "folder").symlink_to(outside)
    (inside / "album/loop").symlink_to(inside)
    (inside / "itself").symlink_to("itself")
    (inside / "broken.jpg").symlink_to("nowhere")
    found = fates(inside)
    assert found.pop("album/1.jpg") == ("markable", "")
    assert set(found) == {"file.jpg", "folder", "album/loop", "itself", "broken.jpg"}
    assert set(found.values()) == {("skipped", "symbolic link: not followed")}


def test_hidden_and_system_files_are_left_out(tmp_path: Path) -> None:
    for name in (".hidden.jpg", "._a.jpg", "Thumbs.db", ".DS_Store"):
        (tmp_path / name).write_bytes(PHOTO)
    for name in (".thumbnails", "@eaDir", "__MACOSX"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(PHOTO)
    found = fates(tmp_path)
    assert len(found) == 7
    assert ".thumbnails/" in found
    assert set(found.values()) == {("skipped", "hidden or system file")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        found = fates(tmp_path)
    assert found == dict.fromkeys(["pipe.jpg", "socket"], ("skipped", "not a regular file"))


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_that_are_no_unicode_are_shown_and_left_out(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(PHOTO)
    except OSError:
        pytest.skip("the file system takes only Unicode")
    assert fates(tmp_path) == {r"caf\udce9.jpg": ("skipped", "its name is not valid Unicode")}


def test_files_without_permission_are_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked.jpg").write_bytes(PHOTO)
    (tmp_path / "locked").mkdir()
    (tmp_path / "open.jpg").write_bytes(PHOTO)
    forbid(monkeypatch, "locked.jpg", "locked/")
    assert fates(tmp_path) == {
        "locked.jpg": ("unreadable", "Permission denied"),
        "locked/": ("unreadable", "Permission denied"),
        "open.jpg": ("markable", ""),
    }


def forbid(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Refuse to open these; the tests may run as root, whom permissions don't stop."""
    real_open, real_scan = Path.open, os.scandir

    def refuse(name: str) -> None:
        if name.endswith(names):
            raise PermissionError(13, "Permission denied", name)

    def guarded_open(self: Path, *args: object, **kwargs: object) -> object:
        refuse(str(self))
        return real_open(self, *args, **kwargs)

    def guarded_scan(path: Path) -> object:
        refuse(f"{path}/")
        return real_scan(path)

    monkeypatch.setattr(Path, "open", guarded_open)
    monkeypatch.setattr(os, "scandir", guarded_scan)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_file_cut_anywhere_raises_nothing(tmp_path: Path, kind: str) -> None:
    data = full(kind)
    for end in range(0, len(data), max(1, len(data) // 60)):
        (tmp_path / "cut").write_bytes(data[:end])
        fate, reason = examine(tmp_path / "cut")
        assert (fate, bool(reason)) == (Fate.COPIED, True)


def test_a_png_that_lies_about_its_chunks_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(scene()[..., 0], 0, 8)[:-12] + b"\xff" * 12)
    assert examine(tmp_path / "a.png") == (Fate.COPIED, "truncated")


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name, problem in (("nowhere", "not there"), ("file", "not a folder")):
        with pytest.raises(FolderError, match=f"{name} must be a folder .* is {problem}"):
            scan(tmp_path / name)


def test_folders_that_may_not_be_looked_into_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root nothing is closed, so the system's answer is put in its place."""
    (tmp_path / "in").mkdir()
    real = Path.stat

    def closed(path: Path, **settings: bool) -> os.stat_result:
        if "closed" in path.parts:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, **settings)

    monkeypatch.setattr(Path, "stat", closed)
    with pytest.raises(FolderError, match="the output folder can't be reached: .*closed/out: Perm"):
        check_folders(tmp_path / "in", tmp_path / "closed" / "out")
    with pytest.raises(FolderError, match="is not to be reached: Permission denied"):
        check_folders(tmp_path / "closed" / "in", tmp_path / "out")


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("in", "in"),
        ("in", "in/out"),
        ("in/deep", "in"),
        ("in", "in/../in/out"),
        ("in", "link"),
        ("in", "link/out"),
        ("link", "in/out"),
        ("link", "in"),
        ("in/deep", "link"),
    ],
)
def test_overlapping_folders_are_refused(tmp_path: Path, source: str, output: str) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(FolderError, match="outside the input folder"):
        check_folders(tmp_path / source, tmp_path / output)


def test_folders_side_by_side_are_fine(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    check_folders(tmp_path / "photos", tmp_path / "photos-marked")
    check_folders(tmp_path / "photos", tmp_path / "new/deep")


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(FolderError, match="output must be a folder, got a file"):
        check_folders(tmp_path / "in", tmp_path / "out")


def test_heic_without_the_plugin_is_copied_and_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(32))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    fate, reason = examine(tmp_path / "a.heic")
    assert fate is Fate.COPIED
    assert "in a checkout: pip install '.[heic]'" in reason


def test_heic_is_looked_into_where_the_plugin_is(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    data = full("HEIF", quality=60)
    two = encode(
        Image.fromarray(scene()), "HEIF", save_all=True, append_images=[Image.fromarray(scene())]
    )
    deep = io.BytesIO()
    heif.encode("RGB;16", (144, 96), (scene().astype("uint16") << 8).tobytes(), deep)
    expected = {
        "good.heic": (data, "markable", ""),
        "cut.heic": (data[:-100], "copied", "truncated"),
        "burst.heic": (two, "copied", "several pictures"),
        "deep.heic": (deep.getvalue(), "copied", "HEIC with more than 8 bits"),
    }
    for name, (content, _, _) in expected.items():
        (tmp_path / name).write_bytes(content)
    assert fates(tmp_path) == {name: (fate, why) for name, (_, fate, why) in expected.items()}
