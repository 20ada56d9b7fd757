from __future__ import annotations

import ctypes
import ctypes.util
import gc
import io
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import PIL
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isotopes.errors import JpegLibraryError
from isotopes.photos.jpeg import library as jpeg_library
from isotopes.photos.jpeg.header import read_jpeg_header
from isotopes.photos.jpeg.library import available
from isotopes.photos.jpeg.managers import ErrorManager, MemoryManager
from isotopes.photos.jpeg.structs import (
    ComponentInfo,
    Compressor,
    Decompressor,
    HuffmanTable,
)
from isotopes.photos.jpeg.transcode import Coefficients, transcode

needs_library = pytest.mark.skipif(not available(), reason="Pillow has no shared libjpeg here")


def encoded(height: int = 50, width: int = 70, *options: int) -> bytes:
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", cv2.resize(rough, (width, height)), options)[1].tobytes()


def untouched(components: list[Coefficients]) -> None:
    pass


def coefficients(data: bytes) -> list[Coefficients]:
    found: list[Coefficients] = []
    transcode(data, lambda parts: found.extend(p.copy() for p in parts), reuse_tables=False)
    return found


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def markers(data: bytes) -> list[int]:
    """The kinds of all segments before the first scan, in order."""
    found, place = [], 2
    while data[place + 1] != 0xDA:
        found.append(data[place + 1])
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return found


@needs_library
@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    quality=st.integers(1, 100),
    coding=st.sampled_from([(0, 0), (0, 1), (1, 0)]),
    restarts=st.integers(0, 5),
)
def test_untouched_coefficients_give_the_same_picture(
    height: int, width: int, quality: int, coding: tuple[int, int], restarts: int
) -> None:
    data = encoded(
        height,
        width,
        *(cv2.IMWRITE_JPEG_QUALITY, quality),
        *(cv2.IMWRITE_JPEG_PROGRESSIVE, coding[0]),
        *(cv2.IMWRITE_JPEG_OPTIMIZE, coding[1]),
        *(cv2.IMWRITE_JPEG_RST_INTERVAL, restarts),
    )
    header = read_jpeg_header(data)
    assert header is not None
    again = transcode(data, untouched, reuse_tables=header.complete_tables)
    assert (pixels(again) == pixels(data)).all()
    for old, new in zip(coefficients(data), coefficients(again), strict=True):
        assert (old == new).all()


@needs_library
def test_coefficients_are_those_of_the_picture() -> None:
    flat = np.full((24, 40), 200, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(flat).save(buffer, "JPEG", qtables=[[4] * 64])
    (luma,) = coefficients(buffer.getvalue())
    assert luma.shape == (3, 5, 64)
    assert (luma[..., 0] == (200 - 128) * 8 / 4).all()
    assert (luma[..., 1:] == 0).all()


@needs_library
def test_changes_are_written() -> None:
    def darken(components: list[Coefficients]) -> None:
        components[0][..., 0] -= 20

    data = encoded()
    darker = transcode(data, darken, reuse_tables=True)
    assert (coefficients(darker)[0][..., 0] == coefficients(data)[0][..., 0] - 20).all()
    assert pixels(darker).mean() < pixels(data).mean() - 4


@needs_library
@pytest.mark.parametrize(("option", "kind"), [("progressive", 0xC2), ("optimize", 0xC0)])
def test_coding_stays_of_its_kind(option: str, kind: int) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels(encoded())).save(buffer, "JPEG", **{option: True})
    again = transcode(buffer.getvalue(), untouched, reuse_tables=False)
    assert kind in markers(again)


@needs_library
def test_own_tables_are_used_again_and_restarts_are_kept() -> None:
    data = encoded(50, 70, cv2.IMWRITE_JPEG_RST_INTERVAL, 3)
    again = transcode(data, untouched, reuse_tables=True)
    assert sorted(set(markers(again))) == [0xC0, 0xC4, 0xDB, 0xDD]
    assert again[-200:] == data[-200:]  # the same codes for the same coefficients
    assert abs(len(again) - (len(data) - 18)) <= 8  # all but the JFIF segment


@needs_library
def test_an_exception_of_the_change_comes_through() -> None:
    def refuse(components: list[Coefficients]) -> None:
        raise KeyError("no")

    with pytest.raises(KeyError, match="no"):
        transcode(encoded(), refuse, reuse_tables=True)


@needs_library
@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_damaged_data_is_refused(end: bytes) -> None:
    with pytest.raises(JpegLibraryError, match=r"damaged \(libjpeg has \d warnings\)"):
        transcode(encoded()[:-40] + end, untouched, reuse_tables=True)


@needs_library
def test_rgb_is_refused() -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels(encoded())).save(buffer, "JPEG", keep_rgb=True)
    with pytest.raises(JpegLibraryError, match="neither grey nor YCbCr: 2"):
        transcode(buffer.getvalue(), untouched, reuse_tables=True)


@needs_library
@pytest.mark.parametrize(("place", "value"), [((0, 0, 0), 1024), ((1, 2, 63), -1024)])
def test_coefficients_that_no_picture_has_are_refused(
    place: tuple[int, int, int], value: int
) -> None:
    def enlarge(components: list[Coefficients]) -> None:
        components[0][place] = value

    # A progressive file can hold them: its coder splits a number over scans.
    data = encoded(50, 70, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    with pytest.raises(JpegLibraryError, match="larger than those of any 8-bit picture"):
        coefficients(transcode(data, enlarge, reuse_tables=False))


@needs_library
def test_black_at_full_quality_has_the_lowest_coefficient() -> None:
    buffer = io.BytesIO()
    Image.new("L", (16, 16), 0).save(buffer, "JPEG", qtables=[[1] * 64])
    assert (coefficients(buffer.getvalue())[0][..., 0] == -1024).all()


@needs_library
def test_an_error_inside_libjpeg_costs_a_thread_not_the_process() -> None:
    before = threading.active_count()
    for _ in range(2):
        with pytest.raises(JpegLibraryError, match="Not a JPEG file: starts with 0x6e 0x6f"):
            transcode(b"no picture", untouched, reuse_tables=True)
    assert threading.active_count() == before + 2
    assert (pixels(transcode(encoded(), untouched, reuse_tables=True)) == pixels(encoded())).all()


def test_without_a_library_nothing_is_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PIL, "__file__", str(tmp_path / "PIL" / "__init__.py"))
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    jpeg_library.find_library.cache_clear()
    try:
        assert not available()
        with pytest.raises(JpegLibraryError, match="no shared libjpeg of version 62"):
            transcode(encoded(), untouched, reuse_tables=True)
    finally:
        jpeg_library.find_library.cache_clear()


def test_a_library_of_another_version_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    if not available():
        pytest.skip("Pillow has no shared libjpeg here")
    monkeypatch.setattr(jpeg_library, "LIBRARY_VERSION", 80)
    jpeg_library.find_library.cache_clear()
    try:
        assert not available()
    finally:
        jpeg_library.find_library.cache_clear()


@pytest.mark.skipif(sys.maxsize < 2**32 or sys.platform == "win32", reason="sizes of LP64 systems")
def test_structures_have_the_sizes_of_the_header() -> None:
    # sizeof and offsetof by a C compiler with libjpeg-turbo's jpeglib.h, version 62.
    sizes = {ErrorManager: 168, MemoryManager: 104, HuffmanTable: 280, ComponentInfo: 96}
    assert {kind: ctypes.sizeof(kind) for kind in sizes} == sizes
    assert (ctypes.sizeof(Compressor), ctypes.sizeof(Decompressor)) == (520, 632)
    assert Compressor.write_JFIF_header.offset == 288
    assert Decompressor.comp_info.offset == 304


@needs_library
def test_nothing_waits_for_the_collector() -> None:
    """A cycle of references around libjpeg's callbacks would hold each photo for a while."""
    data = encoded(800, 800)
    transcode(data, untouched, reuse_tables=True)
    gc.collect()
    gc.disable()
    try:
        transcode(data, untouched, reuse_tables=True)
        assert gc.collect() <= 3
    finally:
        gc.enable()
