"""TIFFs changed where they lie: room, narrow offsets, placement, and refusal of what differs."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from file_shapes import SHAPES
from file_shapes.tiff import deep, jpeg_strips
from hypothesis import given, settings
from hypothesis import strategies as st
from photo_files import decode, encode, gratings, scene, square
from PIL import Image
from tiff_files import LONG, SHORT, Builder, tiff_file

from isotopes.blending import Insertion, blend
from isotopes.errors import PhotoError
from isotopes.photos import mark_bytes
from isotopes.photos.formats import recognise
from isotopes.photos.metadata.directories import Directories
from isotopes.photos.tiff import mark as tiff_mark
from isotopes.photos.tiff.layout import read_page
from isotopes.photos.tiff.placing import place_segments

BLEND = Insertion.blend(0.4)


def marked(data: bytes) -> bytes:
    return mark_bytes(data, gratings(), BLEND).data


@settings(max_examples=100, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 60), max_size=12),
    used=st.lists(st.tuples(st.integers(8, 300), st.integers(1, 40)), max_size=8),
)
def test_segments_overlap_nothing(sizes: list[int], used: list[tuple[int, int]]) -> None:
    ranges = [(start, start + length) for start, length in used]
    places = place_segments(sizes, ranges, 8)
    taken = bytearray(1_500)
    for start, end in ranges:
        taken[start:end] = b"\1" * (end - start)
    for place, size in zip(places, sizes, strict=True):
        assert place % 2 == 0
        assert place >= 8
        assert not any(taken[place : place + size])
        taken[place : place + size] = b"\2" * size


def test_bare_strips_come_to_lie_where_the_old_ones_did() -> None:
    data = tiff_file(scene(), rows=16)
    before, after = (read_page(d, d.first) for d in map(Directories, (data, marked(data))))
    assert (before.places, before.sizes) == (after.places, after.sizes)
    assert len(marked(data)) == len(data)


def test_offsets_in_16_bits_get_room_where_they_become_too_narrow() -> None:
    flat = np.full((300, 400, 3), 128, np.uint8)
    data = encode(flat, "TIFF", compression="tiff_adobe_deflate", tiffinfo={278: 20})
    directories = Directories(data)
    page = read_page(directories, directories.first)
    assert max(page.places) < 1 << 16
    narrow = bytearray(data)
    for tag in (273, 279):
        field = page.fields[tag]
        values = directories.numbers(field)
        struct.pack_into("<H", narrow, field.position + 2, SHORT)
        struct.pack_into(f"<{len(values)}H", narrow, field.place, *values)
    noisy = Insertion(0, 1, 0)
    rng = np.random.default_rng(0)

    class Noise(type(gratings())):  # type: ignore[misc]
        def render(self, height: int, width: int) -> object:
            from isotopes.marks import Rendered

            return Rendered(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))

    noise = Noise(gratings().canvas)
    out = mark_bytes(bytes(narrow), noise, noisy).data
    assert decode(out).std() > 60
    kinds = {f.tag: f.kind for f in Directories(out).fields(Directories(out).first)}
    assert kinds[273] == LONG


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("samples", [1, 3, 4])
@pytest.mark.parametrize("coding", ["deflate", "tiff_lzw", "packbits"])
def test_strips_that_outgrow_the_file_are_kept(coding: str, samples: int, bits: int) -> None:
    """A plain picture is small; marked, its strips need room behind the old end, at even places."""
    plain = np.full((61, 83, samples), 120, f"u{bits // 8}")
    for rows in (1, 7, 61):
        data = tiff_file(plain, coding=coding, rows=rows)
        out = marked(data)
        assert len(out) >= len(data)
        assert len(read_page(Directories(out), Directories(out).first).places) == -(-61 // rows)


@pytest.mark.parametrize("mark", [gratings(), square()], ids=["whole", "masked"])
def test_jpeg_strips_keep_tables_sampling_and_size(mark: object) -> None:
    data = jpeg_strips(scene(96, 144))
    out = mark_bytes(data, mark, BLEND).data
    with tifffile.TiffFile(io.BytesIO(data)) as before, tifffile.TiffFile(io.BytesIO(out)) as after:
        assert after.pages[0].jpegtables == before.pages[0].jpegtables
        assert after.pages[0].tags[530].value == (2, 2)
        assert after.pages[0].tags[262].value == before.pages[0].tags[262].value
    assert len(out) < 1.5 * len(data)
    wanted = blend(decode(data, "RGB"), mark, 0.4).astype(float)
    assert np.abs(decode(out, "RGB") - wanted).mean() < 4


def test_what_comes_out_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiff_file(scene())
    spoiled = tiff_mark.write_samples

    def spoil(samples: np.ndarray, page: object, order: str) -> object:
        return spoiled(samples ^ 1, page, order)

    monkeypatch.setattr(tiff_mark, "write_samples", spoil)
    with pytest.raises(PhotoError, match="its samples can't be kept"):
        marked(data)


def test_all_16_bits_of_colour_are_blended() -> None:
    colours = deep(scene(96, 144))
    out = tifffile.imread(io.BytesIO(marked(tiff_file(colours))))
    pattern = gratings().render(96, 144).pixels.astype(float) * 257
    assert np.abs(out - (0.6 * colours + 0.4 * pattern)).max() <= 1


def test_a_white_is_zero_picture_is_blended_as_it_is_shown() -> None:
    grey = np.asarray(Image.fromarray(scene()).convert("L"))
    out = marked(tiff_file(255 - grey[..., None], photometric=0))
    with Image.open(io.BytesIO(out)) as picture:
        shown = np.asarray(picture.convert("L")).astype(float)
    luma = np.asarray(Image.fromarray(gratings().render(*grey.shape).pixels).convert("L"))
    assert np.abs(shown - (0.6 * grey + 0.4 * luma)).max() <= 1.5


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({262: (SHORT, [5])}, "CMYK"),
        ({262: (SHORT, [8])}, "colours of kind 8"),
        ({339: (SHORT, [3, 3, 3])}, "samples of kind 3"),
        ({259: (SHORT, [34712])}, "compression 34712"),
        ({317: (SHORT, [3])}, "predictor 3"),
        ({266: (SHORT, [2])}, "bits in reverse"),
        ({254: (LONG, [1])}, "a camera's raw file"),
        ({50706: (1, [1, 4, 0, 0])}, "a camera's raw file"),
        ({330: (LONG, [8])}, "a camera's raw file"),
        ({279: (LONG, [1, 2])}, "must say where its pixels are"),
        ({262: (SHORT, [2, 0])}, "tag 262 must have one value, got 2"),
        ({259: (SHORT, [1, 1, 1])}, "tag 259 must have one value, got 3"),
        ({256: (LONG, [0])}, "must say its width, height and samples"),
    ],
)
def test_what_is_unusual_says_so(tags: dict, reason: str) -> None:
    data = tiff_file(scene(16, 16), tags)
    try:
        told = recognise(data).why_not(io.BytesIO(data))
    except PhotoError as error:
        told = str(error)
    assert told is not None
    assert reason in told


def test_a_cut_file_is_refused() -> None:
    data = SHAPES["strips.tif"].data
    cut = data[: len(data) // 2]
    with pytest.raises(PhotoError):
        marked(cut)
    builder = Builder()
    builder.page({256: (LONG, [10])})
    with pytest.raises(PhotoError, match="width, height and samples"):
        marked(bytes(builder.buffer))


def test_a_loop_of_pages_ends() -> None:
    data = bytearray(tiff_file(scene(16, 16)))
    directories = Directories(bytes(data))
    link = directories.extent(directories.first)[1] - 4
    struct.pack_into("<I", data, link, directories.first)
    assert recognise(bytes(data)).why_not(io.BytesIO(bytes(data))) is None
    assert recognise(bytes(data)).strip(bytes(data), "all").data


def test_more_tiles_than_the_file_has_are_not_counted_one_by_one() -> None:
    tiles = {322: (SHORT, [1]), 323: (SHORT, [1]), 324: (LONG, [8]), 325: (LONG, [3])}
    data = tiff_file(scene(16, 16), {**tiles, 256: (LONG, [15_000]), 257: (LONG, [15_000])})
    with pytest.raises(PhotoError, match="must hold 225000000 strips, got 1"):
        marked(data)
