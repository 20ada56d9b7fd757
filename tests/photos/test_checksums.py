"""Where a format has checksums they are verified: damage is told, not written with a fresh one."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import gratings, png, png_chunks, scene
from same_process import SameProcess
from tiff_files import tiff_file

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.photos import Fate, mark_bytes, mark_photos, plan_jobs, scan
from isotopes.photos.formats import recognise
from isotopes.photos.metadata.cleaned import DAMAGED

BLEND = Insertion.blend(0.4)
PALETTE = np.random.default_rng(1).integers(0, 256, 3 * 256, np.uint8).tobytes()
PICTURE = png(
    scene()[..., 0],
    3,
    8,
    (b"gAMA", struct.pack(">I", 45_455)),
    (b"PLTE", PALETTE),
    (b"tRNS", bytes(range(256))),
    (b"tEXt", b"Comment\0a tree"),
    (b"eXIf", b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x0112, 3, 1, 6, 0)),
)
OF_THE_PICTURE = (b"IHDR", b"gAMA", b"PLTE", b"tRNS", b"IDAT", b"IEND")
OF_METADATA = (b"tEXt", b"eXIf")


def flipped(data: bytes, kind: bytes, *, checksum: bool = False) -> bytes:
    """One bit of the chunk's body, or of its checksum, turned over."""
    place = data.index(kind) + 4
    length = int.from_bytes(data[place - 8 : place - 4], "big")
    place += length if checksum or not length else length // 2
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("kind", OF_THE_PICTURE)
def test_a_damaged_png_is_neither_marked_nor_stripped(kind: bytes, checksum: bool) -> None:
    data = flipped(PICTURE, kind, checksum=checksum)
    with pytest.raises(PhotoError, match=f"damaged: the checksum of its {kind.decode()} chunk"):
        mark_bytes(data, gratings(), BLEND)
    for strip in ("gps", "all"):
        with pytest.raises(PhotoError, match="damaged"):
            recognise(data).strip(data, strip)


@pytest.mark.parametrize("kind", OF_METADATA)
def test_damaged_metadata_is_left_out_and_told(kind: bytes) -> None:
    data = flipped(PICTURE, kind)
    marked = mark_bytes(data, gratings(), BLEND)
    assert kind not in png_chunks(marked.data)
    assert DAMAGED in marked.left_out
    assert DAMAGED in recognise(data).strip(data, "gps").left_out
    assert png_chunks(recognise(data).strip(data, "all").data).keys() <= {*OF_THE_PICTURE, b"eXIf"}


def test_a_flipped_palette_bit_is_that_files_fate(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, data in {"whole.png": PICTURE, "damaged.png": flipped(PICTURE, b"PLTE")}.items():
        (tmp_path / "in" / name).write_bytes(data)
    entries = scan(tmp_path / "in")
    jobs, _ = plan_jobs(
        entries,
        tmp_path / "in",
        tmp_path / "out",
        {entry.name: gratings() for entry in entries},
        alpha=0.4,
    )
    done = mark_photos(
        jobs, output=tmp_path / "out", journal=tmp_path / "j.sqlite", workers=SameProcess()
    )
    fates = {outcome.name: (outcome.fate, outcome.reason) for outcome in done.outcomes}
    assert fates["whole.png"] == (Fate.MARKED, "")
    assert fates["damaged.png"] == (
        Fate.COPIED,
        "damaged: the checksum of its PLTE chunk is wrong",
    )
    assert (tmp_path / "out/damaged.png").read_bytes() == flipped(PICTURE, b"PLTE")


START = 8  # where the strip begins in a file of one


@pytest.mark.parametrize("bits", [8, 16])
def test_every_bit_of_a_deflate_strip_is_verified(bits: int) -> None:
    pixels = scene(24, 36).astype(f"u{bits // 8}")
    data = tiff_file(pixels, coding="deflate", rows=24)
    mark_bytes(data, gratings(), BLEND)
    size = len(zlib.compress(pixels.tobytes()))
    for place in [*range(START + 2, START + size, 97), *range(START + size - 4, START + size)]:
        damaged = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        with pytest.raises(PhotoError, match="strip"):
            mark_bytes(damaged, gratings(), BLEND)


def test_a_strip_that_holds_more_rows_than_the_picture_is_read() -> None:
    """As libtiff does; there is a limit to how much of the rest is looked at."""
    data = tiff_file(scene(24, 36), coding="deflate", rows=24)
    longer = zlib.compress(scene(24, 36).tobytes() + bytes(3_000))
    old = len(zlib.compress(scene(24, 36).tobytes()))
    assert len(longer) <= old + 40
    head, tail = data[:START], data[START + old :]
    assert mark_bytes(head + longer[:old] + tail, gratings(), BLEND).data  # its checksum is cut off


def test_another_reader_finds_the_same_damage() -> None:
    for kind in (b"IHDR", b"PLTE", b"IDAT"):
        data = np.frombuffer(flipped(PICTURE, kind, checksum=True), np.uint8)
        assert cv2.imdecode(data, cv2.IMREAD_COLOR) is None or kind == b"IDAT"


def test_a_strange_chunk_is_named_on_one_line() -> None:
    at = PICTURE.index(b"gAMA")
    with pytest.raises(PhotoError) as told:
        mark_bytes(PICTURE[:at] + b"\0\n\x1b\2" + PICTURE[at + 4 :], gratings(), BLEND)
    assert r"its \x00\n\x1b\x02 chunk" in str(told.value)
