from __future__ import annotations

import pytest

from isotopes.photos import find_siblings
from isotopes.photos.choosing.holding import EMBEDDED, NO_PICTURE, UNKNOWN

PICTURES = ["IMG_1.HEIC", "a/IMG_2.jpg", "a/scan.final.tif", "PXL_3.jpg"]


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("IMG_1.MOV", "IMG_1.HEIC"),
        ("img_1.mov", "IMG_1.HEIC"),
        ("IMG_1_HEVC.MOV", "IMG_1.HEIC"),
        ("IMG_1.AAE", "IMG_1.HEIC"),
        ("IMG_O1.AAE", "IMG_1.HEIC"),
        ("IMG_E1.mov", "IMG_1.HEIC"),
        ("IMG_1.DNG", "IMG_1.HEIC"),
        ("a/IMG_2.CR3", "a/IMG_2.jpg"),
        ("a/IMG_2.nef", "a/IMG_2.jpg"),
        ("a/IMG_2.xmp", "a/IMG_2.jpg"),
        ("a/IMG_2.jpg.xmp", "a/IMG_2.jpg"),
        ("a/IMG_2.jpg.json", "a/IMG_2.jpg"),
        ("a/IMG_2.jpg.supplemental-metadata.json", "a/IMG_2.jpg"),
        ("a/IMG_2.jpg.suppl.json", "a/IMG_2.jpg"),
        ("a/IMG_2.THM", "a/IMG_2.jpg"),
        ("a/IMG_2.avif", "a/IMG_2.jpg"),
        ("a/scan.final.psd", "a/scan.final.tif"),
        ("PXL_3.mp4", "PXL_3.jpg"),
    ],
)
def test_a_sibling_is_found_by_its_name(name: str, picture: str) -> None:
    (found,) = find_siblings(PICTURES, {name: NO_PICTURE, "other.txt": NO_PICTURE})
    assert (found.name, found.picture) == (name, picture)
    assert found.kind


@pytest.mark.parametrize(
    "name",
    ["IMG_2.xmp", "a/IMG_1.AAE", "a/b/IMG_2.json", "IMG_1.txt", "IMG_1"],
)
def test_other_names_and_folders_are_no_siblings(name: str) -> None:
    assert find_siblings(PICTURES, {name: NO_PICTURE}) == []


@pytest.mark.parametrize(
    "name", ["IMG_2.MOV", "a/b/IMG_2.cr2", "a/scan.psd", "b/book.pdf", "x.svg"]
)
def test_files_that_hold_pictures_are_told_whatever_they_are_called(name: str) -> None:
    (found,) = find_siblings(PICTURES, {name: NO_PICTURE})
    assert found.picture == ""
    assert find_siblings([], {name: NO_PICTURE}) == []


def test_an_unknown_file_is_told_where_it_goes_with_a_picture() -> None:
    found = find_siblings(PICTURES, {"IMG_1.bin": UNKNOWN, "b.bin": UNKNOWN, "c.bin": EMBEDDED})
    assert [(s.name, s.picture) for s in found] == [("IMG_1.bin", "IMG_1.HEIC"), ("c.bin", "")]


def test_all_siblings_are_listed_by_name() -> None:
    others = dict.fromkeys(["PXL_3.mp4", "IMG_1.MOV", "IMG_1.AAE", "readme"], NO_PICTURE)
    found = find_siblings(PICTURES, others)
    assert [sibling.name for sibling in found] == ["IMG_1.AAE", "IMG_1.MOV", "PXL_3.mp4"]
