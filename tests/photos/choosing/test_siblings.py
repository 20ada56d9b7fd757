from __future__ import annotations

import pytest

from isotopes.photos import find_siblings

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
    (found,) = find_siblings(PICTURES, [name, "other.txt"])
    assert (found.name, found.picture) == (name, picture)
    assert found.kind


@pytest.mark.parametrize(
    "name",
    ["IMG_2.MOV", "a/IMG_1.MOV", "a/b/IMG_2.cr2", "IMG_10.MOV", "IMG_1.txt", "IMG_1", "a/scan.psd"],
)
def test_other_names_and_folders_are_no_siblings(name: str) -> None:
    assert find_siblings(PICTURES, [name]) == []


def test_all_siblings_are_listed_by_name() -> None:
    others = ["PXL_3.mp4", "IMG_1.MOV", "IMG_1.AAE", "film.mov"]
    found = find_siblings(PICTURES, others)
    assert [sibling.name for sibling in found] == ["IMG_1.AAE", "IMG_1.MOV", "PXL_3.mp4"]
