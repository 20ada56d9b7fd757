"""Which picture is drawn for an entry where several have one name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from isotopes.canonical import digest_file
from isotopes.vault import FileEntry
from isotopes.workflows.marking.contact_sheet import write_contact_sheet

Colour = tuple[int, int, int]
FRAME: Colour = (200, 30, 30)


def picture(path: Path, colour: Colour) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (64, 48), colour).save(path)
    return path


def entry(path: Path, *, marked: bool, added: str = "2026-05-01T00:00:00Z") -> FileEntry:
    digest = digest_file(path)
    return FileEntry(path.name, digest, digest, marked, added=added, folder=str(path.parent))


def drawn(sheet: Path, count: int) -> list[tuple[Colour, bool]]:
    """The colour of each picture, and whether it is framed."""
    with Image.open(sheet) as opened:
        rgb = opened.convert("RGB")
    return [
        (rgb.getpixel((20 + 140 * i, 40)), rgb.getpixel((9 + 140 * i, 30)) == FRAME)  # type: ignore[misc]
        for i in range(count)
    ]


def test_each_is_drawn_from_the_folder_where_it_lay(tmp_path: Path) -> None:
    may = picture(tmp_path / "may" / "1.png", (0, 0, 200))
    june = picture(tmp_path / "june" / "1.png", (0, 200, 0))
    entries = [entry(may, marked=False), entry(june, marked=True)]
    sheet = tmp_path / "sheet.png"
    assert write_contact_sheet(entries, sheet, usual=str(may.parent)) == 2
    assert drawn(sheet, 2) == [((0, 0, 200), False), ((0, 200, 0), True)]


@pytest.mark.parametrize("marked_is_there", [True, False])
def test_of_one_name_that_which_lies_there(tmp_path: Path, marked_is_there: bool) -> None:
    """June's folder is named, and May has a picture of this name, too."""
    may = picture(tmp_path / "may" / "1.png", (0, 0, 200))
    june = picture(tmp_path / "june" / "1.png", (0, 200, 0))
    entries = [entry(may, marked=not marked_is_there), entry(june, marked=marked_is_there)]
    sheet = tmp_path / "sheet.png"
    assert write_contact_sheet(entries, sheet, usual="", folder=june.parent) == 1
    assert drawn(sheet, 1) == [((0, 200, 0), marked_is_there)]


def test_an_original_that_was_edited_and_published_again(tmp_path: Path) -> None:
    path = picture(tmp_path / "in" / "1.png", (0, 0, 200))
    first = entry(path, marked=True)
    second = entry(picture(path, (0, 200, 0)), marked=True, added="2026-06-01T00:00:00Z")
    picture(path, (90, 90, 90))  # edited once more, and not published since
    sheet = tmp_path / "sheet.png"
    assert write_contact_sheet([second, first], sheet, usual="") == 1
    assert drawn(sheet, 1) == [((90, 90, 90), True)]
