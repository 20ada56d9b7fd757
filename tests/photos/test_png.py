from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from photo_files import decode, encode, full, gratings, png, png_chunks, scene, square
from PIL import Image

from isotopes.blending import Insertion, blend
from isotopes.photos.formats.png import _decode, mark_png
from isotopes.photos.formats.png_chunks import CORE, read_chunks
from isotopes.photos.metadata.cleaned import NOT_UNDERSTOOD
from isotopes.photos.pixels import insert_pixels

ALPHA = 0.4
DEEP = np.random.default_rng(0).integers(0, 65_536, (24, 36, 4), dtype=np.uint16)
SHALLOW = (DEEP >> 8).astype(np.uint8)
LAYOUTS = {"grey": (0, 1), "grey+alpha": (4, 2), "RGB": (2, 3), "RGB+alpha": (6, 4)}


def read(data: bytes) -> np.ndarray:
    """The marked file's own pixels; each layout is checked against Pillow or by hand below."""
    return _decode([chunk for chunk in read_chunks(io.BytesIO(data)) if chunk.kind in CORE])


@pytest.mark.parametrize("pixels", [SHALLOW, DEEP], ids=["8", "16"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_kept_and_holds_exactly_the_blend(layout: str, pixels: np.ndarray) -> None:
    colour_type, channels = LAYOUTS[layout]
    depth = 8 * pixels.itemsize
    original = pixels[..., :channels]
    data = png(original, colour_type, depth)
    assert (read(data) == original).all()
    marked = mark_png(data, gratings(), Insertion.blend(ALPHA)).data
    assert tuple(png_chunks(marked)[b"IHDR"][8:10]) == (depth, colour_type)
    assert (read(marked) == insert_pixels(original, gratings(), Insertion.blend(ALPHA))).all()
    if channels % 2 == 0:
        assert (read(marked)[..., -1] == original[..., -1]).all()


def test_16_bit_colour_keeps_its_low_byte() -> None:
    marked = mark_png(png(DEEP[..., :3], 2, 16), gratings(), Insertion.blend(0.0)).data
    assert (read(marked) == DEEP[..., :3]).all()


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_bits_of_grey_become_eight(depth: int) -> None:
    values = (DEEP[..., 0] >> (16 - depth)).astype(np.uint8)
    marked = mark_png(png(values, 0, depth), gratings(), Insertion.blend(ALPHA)).data
    grey = (values * (255 // (2**depth - 1)))[..., None]
    assert tuple(png_chunks(marked)[b"IHDR"][8:10]) == (8, 0)
    assert (decode(marked) == insert_pixels(grey, gratings(), Insertion.blend(ALPHA))[..., 0]).all()


@pytest.mark.parametrize(("colour_type", "depth"), [(0, 8), (0, 16), (2, 8), (2, 16), (0, 4)])
def test_a_transparent_colour_becomes_an_alpha_channel(colour_type: int, depth: int) -> None:
    channels = 3 if colour_type else 1
    values = DEEP[..., :channels] >> (16 - depth)
    key = values[0, 0]
    data = png(values, colour_type, depth, (b"tRNS", key.astype(">u2").tobytes()))
    marked = mark_png(data, gratings(), Insertion.blend(ALPHA)).data
    alpha = read(marked)[..., -1]
    assert png_chunks(marked)[b"IHDR"][9] == colour_type + 4
    assert b"tRNS" not in png_chunks(marked)
    clear = (values == key).all(axis=2)
    assert (alpha[clear] == 0).all()
    assert (alpha[~clear] == (65_535 if depth == 16 else 255)).all()


def test_a_palette_stays_while_its_colours_are_enough() -> None:
    flat = np.zeros((64, 64, 3), np.uint8)
    flat[:, 32:] = (200, 30, 90)
    data = encode(Image.fromarray(flat).convert("P", palette=Image.Palette.ADAPTIVE), "PNG")
    marked = mark_png(data, square(), Insertion.blend(ALPHA)).data
    assert png_chunks(marked)[b"IHDR"][9] == 3
    assert (decode(marked, "RGB") == blend(decode(data, "RGB"), square(), ALPHA)).all()


def test_a_palette_becomes_rgb_where_it_cannot_hold_the_mark() -> None:
    data = encode(Image.fromarray(scene()).quantize(200), "PNG")
    marked = mark_png(data, gratings(), Insertion.blend(ALPHA)).data
    assert png_chunks(marked)[b"IHDR"][9] == 2
    assert (decode(marked) == blend(decode(data, "RGB"), gratings(), ALPHA)).all()


@pytest.mark.parametrize("mark", [gratings(), square()], ids=["to RGBA", "palette"])
def test_a_transparent_palette_keeps_its_alpha(mark: object) -> None:
    flat = np.zeros((64, 64, 3), np.uint8)
    flat[:, 32:] = (200, 30, 90)
    picture = Image.fromarray(flat).convert("P", palette=Image.Palette.ADAPTIVE)
    data = encode(picture, "PNG", transparency=bytes([0, 128]))
    marked = mark_png(data, mark, Insertion.blend(ALPHA)).data
    before, after = decode(data, "RGBA"), decode(marked, "RGBA")
    assert (after[..., 3] == before[..., 3]).all()
    assert (after[..., :3] == blend(before[..., :3].copy(), mark, ALPHA)).all()


def test_every_chunk_survives_in_its_place() -> None:
    extra = [
        (b"gAMA", struct.pack(">I", 45_455)),
        (b"cHRM", bytes(32)),
        (b"sBIT", bytes([8, 8, 8])),
        (b"bKGD", bytes(6)),
        (b"pHYs", struct.pack(">IIB", 11_811, 11_811, 1)),
        (b"tIME", bytes(7)),
        (b"zTXt", b"Comment\0\0" + zlib.compress(b"a tree")),
    ]
    data = png(SHALLOW[..., :3], 2, 8, *extra)
    before, after = (
        png_chunks(data),
        png_chunks(mark_png(data, gratings(), Insertion.blend(ALPHA)).data),
    )
    assert list(after) == list(before)
    assert {k: v for k, v in after.items() if k != b"IDAT"} == {
        k: v for k, v in before.items() if k != b"IDAT"
    }


def test_chunks_that_depend_on_the_layout_go_when_it_changes() -> None:
    data = png(SHALLOW[..., 0] >> 7, 0, 1, (b"bKGD", b"\0\1"), (b"pHYs", bytes(9)))
    kinds = list(png_chunks(mark_png(data, gratings(), Insertion.blend(ALPHA)).data))
    assert kinds == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]


def test_text_and_profile_are_kept_byte_by_byte() -> None:
    data = full("PNG", orientation=6)
    before, after = (
        png_chunks(data),
        png_chunks(mark_png(data, gratings(), Insertion.blend(ALPHA)).data),
    )
    for kind in (b"eXIf", b"iCCP", b"tEXt", b"iTXt", b"pHYs"):
        assert after[kind] == before[kind]


def test_chunks_that_nobody_knows_are_left_out() -> None:
    data = png(SHALLOW[..., :3], 2, 8, (b"prVt", b"private"), (b"mkBS", bytes(999)))
    marked = mark_png(data, gratings(), Insertion.blend(ALPHA))
    assert set(png_chunks(marked.data)) == {b"IHDR", b"IDAT", b"IEND"}
    assert marked.left_out == (NOT_UNDERSTOOD,)


def test_a_text_chunk_that_would_blow_up_is_left_out_unread() -> None:
    bomb = zlib.compress(bytes(80_000_000), 9)
    data = png(SHALLOW[..., :3], 2, 8, (b"zTXt", b"Comment\0\0" + bomb))
    marked = mark_png(data, gratings(), Insertion.blend(ALPHA))
    assert b"zTXt" not in png_chunks(marked.data)
    assert marked.left_out == (NOT_UNDERSTOOD,)
