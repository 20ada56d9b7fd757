"""EXIF blocks: what stays, what goes, and how tolerantly they are read; Pillow is the judge."""

from __future__ import annotations

import io
import struct

import pytest
from photo_files import encode, exif, scene
from PIL import Image
from tiff_files import exif_block

from isotopes.errors import PhotoError
from isotopes.photos.metadata.cleaned import (
    MAKER_NOTE,
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Purpose,
)
from isotopes.photos.metadata.directories import Directories
from isotopes.photos.metadata.exif import clean_exif, orientation_block, read_orientation
from isotopes.photos.metadata.pictures import shows_picture

MARKED, NO_POSITION = Purpose.MARKED, Purpose.NO_POSITION
THUMB = encode(scene(60, 80), "JPEG")
GPS = {1: (2, "N"), 2: (5, [47, 1, 22, 1, 6, 1])}
NOTE = b"Apple iOS\0\0\1MM\0\0" + bytes(40)
MAIN = {
    0x010F: (2, "Maker"),
    0x0112: (3, [6]),
    0x8769: (4, {0x9003: (2, "2021:05:06 07:08:09"), 0x927C: (7, NOTE)}),
    0x8825: (4, GPS),
}


def read(block: bytes) -> tuple[dict, dict, dict]:
    """Main, EXIF and GPS directory as Pillow reads them."""
    found = Image.Exif()
    found.load(b"Exif\0\0" + block)
    return dict(found), found.get_ifd(0x8769), found.get_ifd(0x8825)


def test_the_thumbnail_goes_and_its_room_with_it() -> None:
    block = exif_block(MAIN, THUMB)
    cleaned = clean_exif(block, MARKED)
    assert cleaned.left_out == (THUMBNAIL,)
    assert cleaned.data is not None
    assert not shows_picture(cleaned.data)
    assert len(cleaned.data) <= len(block) - len(THUMB)
    assert read(cleaned.data) == read(block)


def test_nothing_that_stays_moves() -> None:
    block = exif_block(MAIN, THUMB)
    data = clean_exif(block, NO_POSITION).data
    assert data is not None
    before, after = Directories(block), Directories(data)
    places = {f.tag: f.place for f in before.fields(before.first) if f.size > 4}
    kept = {f.tag: f.place for f in after.fields(after.first) if f.size > 4}
    assert kept.items() <= places.items()
    assert kept


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_position_goes_with_all_its_bytes(order: str) -> None:
    block = exif_block(MAIN, order=order)
    cleaned = clean_exif(block, NO_POSITION)
    main, taken, position = read(cleaned.data)
    assert (main[0x010F], taken[0x9003], position) == ("Maker", "2021:05:06 07:08:09", {})
    assert struct.pack(f"{order}4I", 47, 1, 22, 1) in block
    assert struct.pack(f"{order}4I", 47, 1, 22, 1) not in cleaned.data
    assert set(cleaned.left_out) == {POSITION, MAKER_NOTE}
    assert NOTE not in cleaned.data


def with_note(note: bytes) -> bytes:
    taken = {0x927C: (7, note), 0x9003: (2, "2021:05:06 07:08:09")}
    return exif_block({**MAIN, 0x8769: (4, taken)})


def test_a_makers_note_stays_without_its_preview() -> None:
    for head, tail in ((NOTE, b""), (NOTE, bytes(range(200))), (b"AOC\0", b"")):
        block = with_note(head + THUMB + tail)
        cleaned = clean_exif(block, MARKED)
        note = read(cleaned.data)[1][0x927C]
        assert note == head + bytes(len(THUMB)) + tail
        assert THUMBNAIL in cleaned.left_out
    assert clean_exif(with_note(NOTE), MARKED).data == with_note(NOTE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_makers_note_goes_with_a_preview_of_another_kind(kind: str) -> None:
    cleaned = clean_exif(with_note(NOTE + encode(scene(60, 80), kind)), MARKED)
    assert set(read(cleaned.data)[1]) == {0x9003}
    assert THUMBNAIL in cleaned.left_out


def test_what_no_entry_refers_to_becomes_zeros() -> None:
    """Editors that rewrite a directory leave the old thumbnail in the gap."""
    block = exif_block(MAIN)
    hidden = bytearray(block + b"HIDDEN" + THUMB + bytes(2))
    extra = len(hidden)
    hidden += struct.pack("<HHHI4sI", 1, 0x0110, 2, 4, b"abc\0", 0)
    struct.pack_into("<I", hidden, 4, extra)  # the first directory is the new one
    cleaned = clean_exif(bytes(hidden), MARKED)
    assert b"HIDDEN" not in cleaned.data
    assert not shows_picture(cleaned.data)
    assert read(cleaned.data)[0][0x0110] == "abc"


@pytest.mark.parametrize(
    ("tag", "kind", "value"),
    [
        (0xFDE8, 7, bytes(range(256)) * 8),  # raw samples under a private number
        (37724, 7, b"Adobe Photoshop Document Data Block"),
        (0x014A, 13, {256: (3, [8])}),
        (0x9286, 7, b"ASCII\0\0\0" + THUMB),
        (0x02BC, 1, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"A" * 4000),
        (0xC634, 7, b"SR2 " + bytes(60)),
    ],
)
def test_what_may_hide_a_picture_goes(tag: int, kind: int, value: object) -> None:
    cleaned = clean_exif(exif_block({0x010F: (2, "Maker"), tag: (kind, value)}), MARKED)
    main = read(cleaned.data)[0]
    assert (main[0x010F], tag in main) == ("Maker", False)
    assert cleaned.left_out


def test_small_private_tags_and_long_texts_stay() -> None:
    tags = {0x010E: (2, "a tree " * 500), 0xFDE8: (7, b"caf\xe9"), 0xFDE9: (2, "Größe ✓ " * 100)}
    block = exif_block(tags)
    assert clean_exif(block, MARKED).data == block
    assert set(read(clean_exif(block, NO_POSITION).data)[0]) == {0x010E}


@pytest.mark.parametrize(
    "text", ["lat 48.1333, lon 11.5667", "48.1333, 11.5667", "48° 8' 15\" N", "GPS off"]
)
def test_texts_that_tell_a_position_go_with_it(text: str) -> None:
    comment = b"UNICODE\0" + text.encode("utf-16-le")
    tags = {
        0x010E: (2, text),
        0x010F: (2, "Maker 4.5, f/2.8"),
        40092: (1, text.encode("utf-16-le")),
        0x8769: (4, {0x9286: (7, comment), 0x9003: (2, "2021:05:06 07:08:09")}),
    }
    cleaned = clean_exif(exif_block(tags), NO_POSITION)
    main, taken, _ = read(cleaned.data)
    assert set(main) == {0x010F, 0x8769}
    assert set(taken) == {0x9003}


def test_directories_that_point_at_themselves_leave_the_orientation() -> None:
    loop = struct.pack("<HHHIIHHIII", 2, 0x0112, 3, 1, 6, 0x8769, 4, 1, 8, 0)
    cleaned = clean_exif(b"II*\0\x08\0\0\0" + loop, MARKED)
    assert cleaned.data == orientation_block(6)
    assert cleaned.left_out == (NOT_UNDERSTOOD,)


@pytest.mark.parametrize("cut", range(8, 150, 7))
def test_a_block_that_is_cut_short_shows_nothing_and_keeps_its_orientation(cut: int) -> None:
    damaged = exif(6).tobytes()[6 : 6 + cut]
    for purpose in Purpose:
        left = clean_exif(damaged, purpose).data or b""
        assert read_orientation(left) == read_orientation(damaged)
        assert len(left) <= max(len(damaged), 26)


def test_one_bad_entry_does_not_hide_the_others() -> None:
    block = bytearray(exif_block({0x010F: (2, "Maker"), 0x0110: (2, "Model x"), 0x0112: (3, [8])}))
    struct.pack_into("<I", block, 8 + len("Maker\0") + 8 + 2 + 8, 0x00FFFFFF)  # outside
    found = Directories(bytes(block))
    assert {f.tag for f in found.fields(found.first)} == {0x0110, 0x0112}
    assert read_orientation(bytes(block)) == 8
    assert clean_exif(bytes(block), MARKED).data is not None


@pytest.mark.parametrize(
    ("kind", "values", "seen"),
    [
        (3, [6], 6),
        (4, [6], 6),
        (1, [6], 6),
        (3, [6, 1], 6),
        (3, [0], 1),
        (3, [9], 1),
        (2, b"6\0", 1),
        (13, [3], 3),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientations_of_every_type(order: str, kind: int, values: object, seen: int) -> None:
    block = exif_block({0x0112: (kind, values)}, order=order)
    assert read_orientation(block) == seen
    assert read_orientation(b"Exif\0\0" * 2 + block) == seen


@pytest.mark.parametrize("head", [b"MM*\0", b"II\0*"])
def test_headers_that_some_editors_write(head: bytes) -> None:
    """The wrong way round; Pillow reads them."""
    order = ">" if head[:1] == b"M" else "<"
    block = head + exif_block({0x0112: (3, [6])}, order=order)[4:]
    assert read_orientation(block) == 6
    found = Image.Exif()
    found.load(b"Exif\0\0" + block)
    assert found[0x0112] == 6


def test_what_is_no_directory_at_all_is_refused() -> None:
    with pytest.raises(PhotoError, match="must begin as a TIFF file does"):
        Directories(b"something else")
    assert clean_exif(b"something else", MARKED).data is None


def test_a_picture_of_a_whole_file_reads_like_its_block() -> None:
    data = encode(scene(), "JPEG", exif=b"Exif\0\0" + exif_block(MAIN, THUMB))
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.getexif()[0x0112] == 6


def test_entries_that_lie_over_each_other_are_not_looked_at_for_hours() -> None:
    size = 1_000_000
    entries = b"".join(struct.pack("<HHII", 0x9000 + n, 7, size, 60_000) for n in range(4_000))
    head = b"II*\0" + struct.pack("<IH", 8, 4_000) + entries + bytes(4)
    assert clean_exif(head.ljust(60_000 + size, b"a"), MARKED).left_out == (NOT_UNDERSTOOD,)
