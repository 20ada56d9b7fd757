from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from photo_files import (
    TAKEN,
    XMP,
    decode,
    encode,
    full,
    gratings,
    likeness,
    profile,
    scene,
    square,
)
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from tiff_files import tiff_file

from isotopes.blending import Insertion, blend
from isotopes.errors import BlendError, PhotoError
from isotopes.marks import Mark
from isotopes.photos import mark_bytes
from isotopes.photos.formats.jpeg import mark_jpeg_file
from isotopes.photos.formats.vp8 import lossy_quality
from isotopes.photos.jpeg.through_pixels import mark_pixels
from isotopes.photos.pixels import insert_pixels

ALPHA = 0.4
KINDS = ["JPEG", "PNG", "WEBP", "TIFF"]
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4))


def mark_file(data: bytes, mark: Mark | None = None, alpha: float = ALPHA) -> bytes:
    return mark_bytes(data, mark or gratings(), Insertion.blend(alpha)).data


def by_default(data: bytes, mark: Mark, alpha: float) -> bytes:
    return mark_jpeg_file(data, mark, Insertion.blend(alpha)).data


def through_pixels(data: bytes, mark: Mark, alpha: float) -> bytes:
    return mark_pixels(data, mark, Insertion.blend(alpha))


def metadata(data: bytes) -> dict[str, object]:
    with Image.open(io.BytesIO(data)) as picture:
        exif = picture.getexif()
        return {
            "format": picture.format,
            "size": picture.size,
            "mode": picture.mode,
            "maker": exif[0x010F],
            "taken": exif.get_ifd(0x8769)[0x9003],
            "position": exif.get_ifd(0x8825),
            "profile": picture.info["icc_profile"],
            "xmp": picture.info.get("xmp"),
            "dpi": picture.info.get("dpi"),
        }


@pytest.mark.parametrize("kind", KINDS)
def test_metadata_survives(kind: str) -> None:
    data = full(kind, orientation=6)
    before = metadata(data)
    assert before["taken"] == TAKEN
    assert before["profile"] == profile()
    assert metadata(mark_file(data)) == before


def test_heic_keeps_its_metadata_and_comes_out_upright() -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    data = full("HEIF", orientation=6, quality=80)
    marked = mark_file(data)
    assert metadata(marked) == metadata(data)
    before, after = decode(data), decode(marked)
    assert before.shape == (144, 96, 3)
    assert likeness(after, before, gratings()) > 0.95


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("mark", [gratings(), square()], ids=["whole", "masked"])
def test_lossless_files_hold_exactly_the_blend(kind: str, mark: Mark) -> None:
    data = encode(scene(), kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert (decode(mark_file(data, mark)) == blend(scene(), mark, ALPHA)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_outside_the_mask_come_back_up_to_recompression(kind: str) -> None:
    data = encode(scene(), kind, quality=95)
    before, after = decode(data).astype(int), decode(mark_file(data, square())).astype(int)
    mask = square().render(*before.shape[:2]).full_mask
    assert np.abs(after - before)[~mask].mean() < 1
    assert np.abs(after - before)[mask].mean() > 20


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_grey_stays_grey(kind: str) -> None:
    grey = np.asarray(Image.fromarray(scene()).convert("L"))
    data = encode(grey, kind)
    marked = decode(mark_file(data))
    assert marked.ndim == 2
    drawn = gratings().render(*grey.shape).pixels
    luma = np.asarray(Image.fromarray(drawn).convert("L"))
    wanted = ALPHA * luma + (1 - ALPHA) * grey
    assert np.abs(marked - wanted).mean() < (3 if kind == "JPEG" else 1)


def test_a_grey_webp_stays_grey_though_webp_has_no_grey() -> None:
    grey = np.repeat(scene()[..., :1], 3, axis=2)
    marked = decode(mark_file(encode(grey, "WEBP", lossless=True)), "RGB")
    assert (marked == marked[..., :1]).all()
    assert (marked != grey).any()


@pytest.mark.parametrize("path", [by_default, through_pixels])
@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_coding_is_kept(path: object, sampling: str, progressive: bool) -> None:
    tables = [[5 + n // 4 for n in range(64)], [9 + n // 3 for n in range(64)]]
    data = encode(scene(), "JPEG", qtables=tables, subsampling=sampling, progressive=progressive)
    before, after = (JpegImageFile(io.BytesIO(f)) for f in (data, path(data, gratings(), ALPHA)))
    assert after.quantization == before.quantization
    assert [component[:3] for component in after.layer] == [c[:3] for c in before.layer]
    assert ("progressive" in after.info) is progressive


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("mark", [gratings(), square()], ids=["whole", "masked"])
def test_both_ways_through_a_jpeg_agree(mark: Mark, mode: str) -> None:
    picture = Image.fromarray(scene()).convert(mode)
    data = encode(picture, "JPEG", quality=95, subsampling="4:4:4")
    one, two = (decode(path(data, mark, ALPHA)) for path in (by_default, through_pixels))
    assert one.shape == two.shape == np.asarray(picture).shape
    assert np.abs(one.astype(int) - two).mean() < 1.5
    assert np.abs(one.astype(int) - decode(data)).max() > 20


def test_what_hides_behind_a_jpeg_is_not_carried_over() -> None:
    index = b"\xff\xe2\x00\x09MPF\x00abc"
    data = encode(scene(), "JPEG")
    second = encode(scene(seed=1), "JPEG")
    whole = data[:2] + index + data[2:] + second
    marked = by_default(whole, gratings(), ALPHA)
    assert b"MPF" not in marked
    assert marked.count(b"\xff\xd8\xff") == 1


def test_a_jpeg_of_red_green_and_blue_components_stays_one() -> None:
    data = encode(scene(), "JPEG", quality=95, keep_rgb=True, subsampling=0)
    marked = mark_file(data)
    assert JpegImageFile(io.BytesIO(marked)).layer[0][0] == ord("R")
    assert np.abs(decode(marked).astype(int) - blend(decode(data), gratings(), ALPHA)).mean() < 1.5


def test_tables_made_to_measure_keep_a_jpeg_small() -> None:
    data = encode(scene(), "JPEG", quality=90, optimize=True)
    assert len(through_pixels(data, gratings(), 0.05)) < 1.05 * len(data)


def test_a_cmyk_jpeg_is_refused() -> None:
    data = encode(Image.fromarray(scene()).convert("CMYK"), "JPEG")
    with pytest.raises(PhotoError, match="grey or in colour, got CMYK"):
        mark_file(data)


def test_a_sampling_that_pillow_cannot_write_is_refused_by_the_pixel_path() -> None:
    data = bytearray(encode(scene(96, 96), "JPEG", subsampling="4:2:2"))
    frame = data.index(b"\xff\xc0")
    assert data[frame + 11] == 0x21
    data[frame + 11] = 0x12  # on a square picture 4:4:0 is as many blocks
    with pytest.raises(PhotoError, match="chroma sampling"):
        through_pixels(bytes(data), gratings(), ALPHA)


@pytest.mark.parametrize("quality", [10, 40, 75, 80, 90, 100])
def test_webp_quality_is_found_again(quality: int) -> None:
    data = encode(scene(256, 256), "WEBP", quality=quality)
    assert lossy_quality(data[20:]) == pytest.approx(quality, abs=12)
    assert 0.6 < len(mark_file(data, alpha=0.05)) / len(data) < 1.5


def test_webp_stays_lossless_and_keeps_colours_under_transparency() -> None:
    alpha = np.tile(np.arange(144, dtype=np.uint8), (96, 1))[..., None]
    data = encode(np.concatenate([scene(), alpha], axis=2), "WEBP", lossless=True, exact=True)
    marked = mark_file(data)
    assert b"VP8L" in marked
    assert (decode(marked)[..., 3:] == alpha).all()
    assert (decode(marked)[..., :3] == blend(scene(), gratings(), ALPHA)).all()


def test_lossy_webp_keeps_its_alpha_channel() -> None:
    alpha = np.tile(np.arange(144, dtype=np.uint8), (96, 1))[..., None]
    data = encode(np.concatenate([scene(), alpha], axis=2), "WEBP", quality=80)
    assert (decode(mark_file(data))[..., 3:] == decode(data)[..., 3:]).all()


def tiff_with_metadata(**settings: object) -> bytes:
    tags = {
        0x010F: (2, "Maker"),
        0x0112: (3, [6]),
        700: (1, XMP),
        34675: (7, profile()),
        0x8769: (4, {0x9003: (2, TAKEN)}),
        0x8825: (4, {1: (2, "N"), 2: (5, [47, 1, 22, 1, 6, 1])}),
    }
    return tiff_file(scene(), tags, **settings)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits"])
def test_tiff_keeps_compression_and_exif(compression: str) -> None:
    data = tiff_with_metadata(coding=compression)
    marked = mark_file(data)
    assert metadata(marked) == metadata(data)
    with Image.open(io.BytesIO(marked)) as picture:
        assert picture.info["compression"] == (compression or "raw")
        assert picture.tag_v2[274] == 6
    # Turned: the mark lies upright on the picture as shown, which is what Pillow gives.
    assert (decode(marked) == blend(decode(data), gratings(), ALPHA)).all()


def test_tiff_keeps_its_predictor() -> None:
    data = encode(scene(), "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    marked = mark_file(data)
    with Image.open(io.BytesIO(marked)) as picture:
        assert picture.tag_v2[317] == 2
    assert (decode(marked) == blend(scene(), gratings(), ALPHA)).all()


def test_tiff_with_jpeg_inside_keeps_its_quality() -> None:
    for quality in (60, 90):
        data = encode(scene(), "TIFF", compression="jpeg", quality=quality)
        marked = mark_file(data, alpha=0.05)
        assert 0.8 < len(marked) / len(data) < 1.25


def test_tiff_of_16_bit_grey() -> None:
    deep = (scene()[..., 0].astype(np.uint16) << 8) + 7
    marked = decode(mark_file(encode(deep, "TIFF")))
    assert (
        marked == insert_pixels(deep[..., None], gratings(), Insertion.blend(ALPHA))[..., 0]
    ).all()


def test_tiff_of_16_bit_grey_in_big_endian_order() -> None:
    deep = (scene()[..., 0].astype(np.uint16) << 8) + 7
    data = encode(Image.fromarray(deep.astype(">u2")), "TIFF")
    assert data.startswith(b"MM")
    marked = decode(mark_file(data))
    assert (
        marked == insert_pixels(deep[..., None], gratings(), Insertion.blend(ALPHA))[..., 0]
    ).all()


@settings(max_examples=30, deadline=None)
@given(
    pixels=SHAPES.flatmap(lambda shape: hnp.arrays(np.uint8, shape) | hnp.arrays(np.uint16, shape)),
    alpha=st.floats(0, 1, width=32),
)
def test_blend_of_any_layout(pixels: np.ndarray, alpha: float) -> None:
    height, width, channels = pixels.shape
    drawn = 1 if channels < 3 else 3
    most = np.iinfo(pixels.dtype).max
    for mark in (gratings(), square()):
        before = pixels.copy()
        out = insert_pixels(pixels, mark, Insertion.blend(alpha))
        rendered = mark.render(height, width)
        values = rendered.pixels.astype(float)
        if drawn == 1:
            values = np.rint(values @ [0.299, 0.587, 0.114])[..., None]
        wanted = alpha * values * most / 255 + (1 - alpha) * pixels[..., :drawn]
        inside = rendered.full_mask
        assert (pixels == before).all()
        assert (out.dtype, out.shape) == (pixels.dtype, pixels.shape)
        # one step from the luma's own rounding
        slack = 0.51 + (drawn == 1) * alpha * most / 255 + most / 2**22
        assert (np.abs(out[..., :drawn] - wanted)[inside] <= slack).all()
        assert (out[~inside] == pixels[~inside]).all()
        assert (out[..., drawn:] == pixels[..., drawn:]).all()
        if channels == 3 and pixels.dtype == np.uint8:
            assert (out == blend(pixels, mark, alpha)).all()


def test_alpha_out_of_range_is_refused() -> None:
    for kind in KINDS:
        with pytest.raises(BlendError, match=r"alpha must be in \[0, 1\], got 1.5"):
            mark_file(encode(scene(), kind), alpha=1.5)


def test_what_is_no_picture_cannot_be_marked() -> None:
    with pytest.raises(PhotoError, match="not a picture that can be marked"):
        mark_file(b"a tree")
