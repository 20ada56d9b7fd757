"""HEIC's boxes: found wherever they lie, and emptied without moving anything."""

from __future__ import annotations

import struct

import pytest
from file_shapes.heic import box
from tiff_files import exif_block

from isotopes.errors import PhotoError
from isotopes.photos.formats.heif_boxes import HeifFile, read_boxes
from isotopes.photos.formats.heif_strip import strip_boxes

EXIF = b"\0\0\0\6Exif\0\0" + exif_block({0x010F: (2, "Maker"), 0x8825: (4, {1: (2, "N")})})
PIXELS = b"coded pixels" * 4
Extents = list[tuple[int, int]]


def full(kind: bytes, body: bytes, version: int = 0) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24) + body)


def heif(items: list[tuple[bytes, bytes, int]], data: bytes, *more: bytes) -> bytes:
    """A file with these items: kind, content, and in how many extents it lies in mdat.

    `data` is put into mdat behind them, and `more` boxes behind mdat.
    """
    entries = b"".join(
        full(b"infe", struct.pack(">HH", number, 0) + kind + b"name\0"
             + (b"application/rdf+xml\0" if kind == b"mime" else b""), 2)
        for number, (kind, _, _) in enumerate(items, 1)
    )  # fmt: skip
    inside = [
        full(b"hdlr", bytes(20)),
        full(b"pitm", b"\0\1"),
        full(b"iinf", struct.pack(">H", len(items)) + entries),
        box(b"iprp", box(b"ipco", box(b"ispe", bytes(12)) + box(b"udes", b"a tree"))),
    ]
    table_size = 8 + 4 + 2 + 2 + sum(6 + 8 * parts for _, _, parts in items)
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    start = len(head) + 12 + sum(map(len, inside)) + table_size + 8
    rows, content = b"", b""
    for number, (_, body, parts) in enumerate(items, 1):
        step = -(-len(body) // parts)
        rows += struct.pack(">HHH", number, 0, parts)
        for at in range(0, len(body), step):
            rows += struct.pack(">II", start + len(content) + at, len(body[at : at + step]))
        content += body
    table = full(b"iloc", struct.pack(">HH", 0x4400, len(items)) + rows)
    assert len(table) == table_size
    return b"".join(
        (head, full(b"meta", b"".join(inside) + table), box(b"mdat", content + data), *more)
    )


def test_items_are_found_where_they_lie() -> None:
    data = heif([(b"hvc1", PIXELS, 2), (b"Exif", EXIF, 1)], b"")
    found = HeifFile(data)
    assert [item.kind for item in found.items] == [b"hvc1", b"Exif"]
    assert b"".join(data[a:b] for a, b in found.items[0].extents) == PIXELS
    assert [data[a:b] for a, b in found.items[1].extents] == [EXIF]


@pytest.mark.parametrize("strip", ["gps", "all"])
def test_what_belongs_to_no_kept_item_becomes_zeros(strip: str) -> None:
    items = [(b"hvc1", PIXELS, 2), (b"Exif", EXIF, 1), (b"uri ", b"a place" * 9, 1)]
    data = heif(items, b"between items", box(b"mpvd", b"a film"), box(b"uuid", bytes(20)))
    written = strip_boxes(data, strip)
    for gone in (b"a place", b"between", b"a film", b"a tree"):
        assert gone not in written.data
    before, after = HeifFile(data), HeifFile(written.data)
    assert [b.kind for b in after.boxes] == [b"ftyp", b"meta", b"mdat"]
    assert [(i.kind, i.extents) for i in after.items] == [(i.kind, i.extents) for i in before.items]
    assert b"".join(written.data[a:b] for a, b in after.items[0].extents) == PIXELS
    assert (b"Maker" in written.data) is (strip == "gps")


def test_metadata_in_pieces_is_refused() -> None:
    for kind in (b"Exif", b"mime"):
        with pytest.raises(PhotoError, match="isn't in one piece"):
            strip_boxes(heif([(b"hvc1", PIXELS, 1), (kind, EXIF, 2)], b""), "gps")


def test_a_sequence_is_refused() -> None:
    with pytest.raises(PhotoError, match="a film or a sequence"):
        strip_boxes(heif([(b"hvc1", PIXELS, 1)], b"", box(b"moov", b"")), "all")


def test_damage_is_told() -> None:
    data = heif([(b"hvc1", PIXELS, 1)], b"")
    with pytest.raises(PhotoError, match="truncated"):
        HeifFile(data[:-10])
    with pytest.raises(PhotoError, match="no meta box"):
        HeifFile(box(b"ftyp", b"heic"))
    with pytest.raises(PhotoError, match="lies outside the file"):
        HeifFile(data.replace(struct.pack(">I", len(PIXELS)), b"\0\xff\xff\xff"))
    assert list(read_boxes(b"", 0, 0)) == []
