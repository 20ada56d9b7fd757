from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isotopes.photos.jpeg.header import JpegHeader, read_jpeg_header

SAMPLING = {  # luma's samples per chroma sample, across and down
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444: (1, 1),
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422: (2, 1),
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440: (1, 2),
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420: (2, 2),
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411: (4, 1),
}


def encoded(height: int = 21, width: int = 37, *options: int) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", pixels, options)[1].tobytes()


def saved(mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (40, 24), 77 if mode == "L" else None).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def after_start(data: bytes, inserted: bytes) -> bytes:
    return data[:2] + inserted + data[2:]


def read(data: bytes) -> JpegHeader:
    header = read_jpeg_header(data)
    assert header is not None
    return header


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 70), width=st.integers(1, 70), sampling=st.sampled_from([*SAMPLING]))
def test_sizes_and_sampling(height: int, width: int, sampling: int) -> None:
    frame = read(encoded(height, width, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling)).frame
    across, down = SAMPLING[sampling]
    assert (frame.height, frame.width) == (height, width)
    luma, *chroma = [component.grid for component in frame.components]
    assert (luma.across, luma.down) == (1, 1)
    assert (luma.rows, luma.columns) == (-(-height // 8), -(-width // 8))
    for grid in chroma:
        assert (grid.across, grid.down) == (across, down)
        assert (grid.rows, grid.columns) == (-(-height // (8 * down)), -(-width // (8 * across)))


@pytest.mark.parametrize("quality", [1, 40, 75, 96, 100])
def test_quantisation_as_pillow_reads_it(quality: int) -> None:
    data = saved(quality=quality)
    tables = Image.open(io.BytesIO(data)).quantization
    assert [list(c.steps) for c in read(data).frame.components] == [
        tables[0],
        tables[1],
        tables[1],
    ]


def test_grey_has_one_component_whatever_its_declared_sampling() -> None:
    data = saved("L")
    declared = data.index(b"\xff\xc0") + 11
    assert data[declared] == 0x11
    double = data[:declared] + b"\x22" + data[declared + 1 :]
    assert read(double).frame == read(data).frame
    assert len(read(data).frame.components) == 1


def test_standard_tables_have_all_symbols_and_fitted_ones_do_not() -> None:
    assert read(saved()).complete_tables
    assert not read(saved(optimize=True)).complete_tables
    assert not read(saved(progressive=True)).complete_tables


def test_what_follows_the_picture_does_not_matter() -> None:
    data = saved()
    assert read_jpeg_header(data + b"\xff\xd8 another picture, or a film") == read_jpeg_header(data)


def test_fill_bytes_and_stuffing_in_the_scan_are_no_markers() -> None:
    data = saved()
    filled = data[:-2] + b"\xff\xff" + data[-2:]
    assert read_jpeg_header(filled) == read_jpeg_header(data)


def swap(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new, 1)


def edited(data: bytes, marker: int, offset: int, value: int) -> bytes:
    """The data with one byte of the first segment of that kind, counted after its length, set."""
    place = data.index(bytes([0xFF, marker])) + 4 + offset
    return data[:place] + bytes([value]) + data[place + 1 :]


PLAIN, STEPPED = saved(), saved(progressive=True)
LAST_SCAN = STEPPED.rindex(b"\xff\xda")


def before_last_scan(inserted: bytes) -> bytes:
    return STEPPED[:LAST_SCAN] + inserted + STEPPED[LAST_SCAN:]


UNUSUAL = {
    "nothing": b"",
    "no picture": b"GIF89a and so on",
    "start alone": PLAIN[:2],
    "cut in the header": PLAIN[:60],
    "cut in the scan": PLAIN[:-2],
    "four components": saved("CMYK"),
    "arithmetic coding": swap(PLAIN, b"\xff\xc0", b"\xff\xc9"),
    "lossless": swap(PLAIN, b"\xff\xc0", b"\xff\xc3"),
    "12 bits": edited(PLAIN, 0xC0, 0, 12),
    "no height": edited(edited(PLAIN, 0xC0, 1, 0), 0xC0, 2, 0),
    "higher than libjpeg can": edited(edited(PLAIN, 0xC0, 1, 255), 0xC0, 2, 255),
    "two components": edited(PLAIN, 0xC0, 5, 2),
    "sampling by three": edited(PLAIN, 0xC0, 7, 0x31),
    "more than ten blocks a unit": edited(PLAIN, 0xC0, 7, 0x44),
    "two components of one name": edited(PLAIN, 0xC0, 9, 1),
    "quantisation table missing": edited(PLAIN, 0xC0, 8, 3),
    "quantisation step zero": edited(PLAIN, 0xDB, 1, 0),
    "quantisation table in slot 4": edited(PLAIN, 0xDB, 0, 4),
    "quantisation table short": after_start(PLAIN, segment(0xDB, bytes([0] + [1] * 63))),
    "Huffman table in slot 7": edited(PLAIN, 0xC4, 0, 7),
    "Huffman code too long for its length": edited(PLAIN, 0xC4, 1, 2),
    "Huffman symbol too large": edited(PLAIN, 0xC4, 17, 12),
    "Huffman symbol twice": edited(PLAIN, 0xC4, 18, 0),
    "two frames": after_start(PLAIN, PLAIN[PLAIN.index(b"\xff\xc0") :][:19]),
    "unknown marker": after_start(PLAIN, segment(0xF0, b"")),
    "number of lines (DNL)": after_start(PLAIN, segment(0xDC, b"\0\x08")),
    "arithmetic conditioning": after_start(PLAIN, segment(0xCC, b"\0\x10")),
    "restart interval of three bytes": after_start(PLAIN, segment(0xDD, b"\0\0\x08")),
    "empty quantisation segment with a lie for length": after_start(PLAIN, b"\xff\xdb\0\0"),
    "scan of an unknown component": edited(PLAIN, 0xDA, 1, 9),
    "scan with a missing table": edited(PLAIN, 0xDA, 2, 0x33),
    "sequential scan of a few frequencies": edited(PLAIN, 0xDA, 8, 5),
    "progressive scan of DC and AC": edited(STEPPED, 0xDA, 8, 5),
    "progressive scan refined by two bits": edited(STEPPED, 0xDA, 9, 0x31),
    "table changed between scans": before_last_scan(segment(0xDB, bytes([0] + [1] * 64))),
    "two hundred scans": before_last_scan(200 * STEPPED[LAST_SCAN:-2]),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_files_are_left_to_others(name: str) -> None:
    assert read_jpeg_header(UNUSUAL[name]) is None


@settings(max_examples=300, deadline=None)
@given(data=st.data(), source=st.sampled_from([PLAIN, STEPPED, saved("L", optimize=True)]))
def test_damage_is_refused_or_read_alike(data: st.DataObject, source: bytes) -> None:
    damaged = bytearray(source)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(source)))])
    for some in (cut, bytes(damaged)):
        header = read_jpeg_header(some)
        assert header is None or header == read_jpeg_header(some + b"more behind it")
