from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from isotopes.blending import Insertion, blend
from isotopes.errors import BlendError
from isotopes.marks import CANVAS, CanvasMark, Mark, get_family
from isotopes.photos.jpeg import coefficients as jpeg_coefficients
from isotopes.photos.jpeg.coefficients import mark_coefficients
from isotopes.photos.jpeg.header import Frame, Grid, read_jpeg_header
from isotopes.photos.jpeg.library import available
from isotopes.photos.jpeg.transcode import Coefficients, transcode

pytestmark = pytest.mark.skipif(not available(), reason="Pillow has no shared libjpeg here")

NATURAL = Path(__file__).parents[3] / "shared/data/natural/train-00000-of-00001.parquet"
# One rounding to whole steps, and two of the mark to sixteenths of a step or less.
BOUND = 1 / 2 + 2 / 32 + 1e-3
YCC = np.array(  # JFIF 1.02
    [[0.299, 0.587, 0.114], [-0.168735892, -0.331264108, 0.5], [0.5, -0.418687589, -0.081312411]]
)
SAMPLING = [
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
]
MARKS = [get_family(name).draw(bytes(32), 0) for name in ("gratings", "random_pixels")]
MARKS.append(get_family("image_blend").draw(bytes(32), 0))  # has a mask with colours under it


# An addition around middle grey, one that darkens, and the paper's blend with a shift.
RULES = [Insertion(1, 0.2, -25.5), Insertion(0.9, 0.1, -20), Insertion(0.7, 0.3, 8)]


@st.composite
def photos(draw: st.DrawFn) -> bytes:
    """JPEGs of any size up to 70, sampling, quality and coding; grey or colour."""
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    shape = (height // 8 + 2, width // 8 + 2) + draw(st.sampled_from([(), (3,)]))
    pixels = cv2.resize(rng.integers(0, 256, shape, dtype=np.uint8), (width, height))
    options = (
        *(cv2.IMWRITE_JPEG_QUALITY, draw(st.integers(1, 100))),
        *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, draw(st.sampled_from(SAMPLING))),
        *(cv2.IMWRITE_JPEG_PROGRESSIVE, draw(st.integers(0, 1))),
        *(cv2.IMWRITE_JPEG_OPTIMIZE, draw(st.integers(0, 1))),
        *(cv2.IMWRITE_JPEG_RST_INTERVAL, draw(st.integers(0, 4))),
    )
    return cv2.imencode(".jpg", pixels, options)[1].tobytes()


def a_photo(**options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cv2.resize(pixels, (130, 90))).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def marked(data: bytes, mark: Mark, rule: float | Insertion) -> bytes:
    """With the mark blended in at this alpha, or put in by another rule."""
    insertion = rule if isinstance(rule, Insertion) else Insertion.blend(rule)
    out = mark_coefficients(data, mark, insertion)
    assert out is not None
    return out


def coefficients(data: bytes) -> list[Coefficients]:
    found: list[Coefficients] = []
    transcode(data, lambda parts: found.extend(p.copy() for p in parts), reuse_tables=False)
    return found


def frame_of(data: bytes) -> Frame:
    header = read_jpeg_header(data)
    assert header is not None
    return header.frame


def pixels_of(data: bytes) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.float64)


def means(plane: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Blocks of means over the pixels of each sample, (rows, columns, 8, 8), edges continued."""
    height, width = grid.rows * 8 * grid.down, grid.columns * 8 * grid.across
    wide = np.pad(plane, ((0, height - len(plane)), (0, width - plane.shape[1])), mode="edge")
    samples = wide.reshape(-1, grid.down, width // grid.across, grid.across).mean(axis=(1, 3))
    return samples.reshape(grid.rows, 8, grid.columns, 8).swapaxes(1, 2)


def exact_blend(data: bytes, mark: Mark, alpha: float) -> list[NDArray[np.float64]]:
    """The blend of the coefficients in float64 and sample by sample, not rounded."""
    return exact_change(data, mark, Insertion.blend(alpha))


def exact_change(data: bytes, mark: Mark, rule: Insertion) -> list[NDArray[np.float64]]:
    frame = frame_of(data)
    rendered = mark.render(frame.height, frame.width)
    colours = rendered.pixels.astype(np.float64) @ YCC.T - (128, 0, 0)
    exact = []
    for index, (old, component) in enumerate(
        zip(coefficients(data), frame.components, strict=True)
    ):
        steps = np.array(component.steps, np.float64).reshape(8, 8)
        samples = scipy.fft.idctn(
            old.reshape(*old.shape[:2], 8, 8) * steps, axes=(2, 3), norm="ortho"
        )
        mask = rendered.full_mask.astype(np.float64)
        weight = means(mask, component.grid)
        level = rule.shift + 128 * (rule.keep + rule.gain - 1) if index == 0 else 0
        new = (1 - (1 - rule.keep) * weight) * samples + level * weight
        new += rule.gain * means(colours[..., index] * mask, component.grid)
        spectrum = scipy.fft.dctn(new, axes=(2, 3), norm="ortho") / steps
        exact.append(spectrum.reshape(old.shape))
    return exact


@settings(max_examples=80, deadline=None)
@given(data=photos(), mark=st.sampled_from(MARKS), alpha=st.floats(0, 1))
def test_every_coefficient_is_the_blend_rounded(data: bytes, mark: Mark, alpha: float) -> None:
    new = coefficients(marked(data, mark, alpha))
    for ours, exact in zip(new, exact_blend(data, mark, alpha), strict=True):
        assert np.abs(ours - np.clip(exact, -1023, 1023)).max() <= BOUND


@settings(max_examples=40, deadline=None)
@given(data=photos(), mark=st.sampled_from(MARKS), rule=st.sampled_from(RULES))
def test_any_affine_rule_holds_on_coefficients(data: bytes, mark: Mark, rule: Insertion) -> None:
    new = coefficients(marked(data, mark, rule))
    for ours, exact in zip(new, exact_change(data, mark, rule), strict=True):
        # One more rounding to sixteenths, of the level. Coefficients out of range are cut off.
        assert np.abs(ours - np.clip(exact, -1023, 1023)).max() <= BOUND + 1 / 32 + 1e-2


@settings(max_examples=40, deadline=None)
@given(data=photos(), mark=st.sampled_from(MARKS))
def test_alpha_0_leaves_all_coefficients(data: bytes, mark: Mark) -> None:
    for old, new in zip(coefficients(data), coefficients(marked(data, mark, 0)), strict=True):
        assert (old == new).all()


@settings(max_examples=40, deadline=None)
@given(data=photos(), mark=st.sampled_from(MARKS[1:]), alpha=st.floats(0, 1))
def test_blocks_outside_the_mask_keep_their_coefficients(
    data: bytes, mark: Mark, alpha: float
) -> None:
    frame = frame_of(data)
    mask = mark.render(frame.height, frame.width).full_mask.astype(np.float64)
    pairs = zip(coefficients(data), coefficients(marked(data, mark, alpha)), strict=True)
    for component, (old, new) in zip(frame.components, pairs, strict=True):
        outside = means(mask, component.grid).max(axis=(2, 3)) == 0
        assert (old[outside] == new[outside]).all()


@settings(max_examples=40, deadline=None)
@given(data=photos(), alpha=st.floats(0, 1))
def test_the_file_stays_of_its_kind(data: bytes, alpha: float) -> None:
    out = marked(data, MARKS[0], alpha)
    old, new = (Image.open(io.BytesIO(d)) for d in (data, out))
    assert (new.size, new.mode, new.quantization) == (old.size, old.mode, old.quantization)
    assert new.info.get("progressive") == old.info.get("progressive")
    assert frame_of(out) == frame_of(data)
    restarts = [d[d.index(b"\xff\xdd") :][:6] if b"\xff\xdd" in d else b"" for d in (data, out)]
    assert restarts[0] == restarts[1]


@pytest.mark.parametrize("mark", MARKS)
def test_alpha_1_gives_the_mark(mark: Mark) -> None:
    data = a_photo(quality=100, subsampling=0)
    rendered = mark.render(90, 130)
    blocks = [slice(0, 88), slice(0, 128)]
    error = np.abs(pixels_of(marked(data, mark, 1)) - rendered.pixels)[*blocks]
    assert error[rendered.full_mask[*blocks]].max() <= 4


def test_the_coding_of_the_file_does_not_matter() -> None:
    """Baseline, fitted tables and progressive hold the same coefficients, before and after."""
    after = [
        coefficients(marked(a_photo(**options), MARKS[2], 0.3))
        for options in ({}, {"optimize": True}, {"progressive": True})
    ]
    for one, two, three in zip(*after, strict=True):
        assert (one == two).all()
        assert (one == three).all()


def test_quantisation_tables_and_alphas_are_not_mixed_up() -> None:
    for quality in (30, 90, 30):
        for alpha in (0.2, 0.7):
            data = a_photo(quality=quality)
            new = coefficients(marked(data, MARKS[0], alpha))
            for ours, exact in zip(new, exact_blend(data, MARKS[0], alpha), strict=True):
                assert np.abs(ours - exact).max() <= BOUND


def test_neither_metadata_nor_what_follows_is_carried_along() -> None:
    comment = struct.pack(">BBH", 0xFF, 0xFE, 7) + b"hello"
    out = marked(b"\xff\xd8" + comment + a_photo()[2:] + b"a film", MARKS[0], 0.3)
    assert out == marked(a_photo(), MARKS[0], 0.3)
    assert out.endswith(b"\xff\xd9")
    assert b"hello" not in out


def saved(mode: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (40, 24)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"not a JPEG", saved("CMYK"), saved("RGB", keep_rgb=True), a_photo()[:-100]],
    ids=["nothing", "no JPEG", "CMYK", "RGB", "cut short"],
)
def test_what_can_not_be_done_this_way(data: bytes) -> None:
    assert mark_coefficients(data, MARKS[0], Insertion.blend(0.3)) is None


def test_damage_that_only_libjpeg_notices() -> None:
    data = a_photo()
    scan = data.index(b"\xff\xda") + 14
    assert (
        mark_coefficients(data[: scan + 200] + data[scan + 400 :], MARKS[0], Insertion.blend(0.3))
        is None
    )


def test_blocks_brighter_than_white_go_through_pixels_where_viewers_cut_them_off() -> None:
    """Damaged data that libjpeg reads without a warning: the blend isn't linear there."""

    def brighten(components: list[Coefficients]) -> None:
        components[0][:, ::2, 0] = 1_000

    data = a_photo()
    damaged = transcode(data, brighten, reuse_tables=False)
    assert mark_coefficients(data, MARKS[0], Insertion.blend(0.4)) is not None
    assert mark_coefficients(damaged, MARKS[0], Insertion.blend(0.4)) is None


def test_without_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_coefficients, "available", lambda: False)
    assert mark_coefficients(a_photo(), MARKS[0], Insertion.blend(0.3)) is None


def test_a_size_beyond_the_limit_is_seen_before_anything_is_made_for_it() -> None:
    data = a_photo()
    size = data.index(b"\xff\xc0") + 5
    vast = data[:size] + struct.pack(">HH", 65_500, 65_500) + data[size + 4 :]
    assert read_jpeg_header(vast) is not None
    assert mark_coefficients(vast, MARKS[0], Insertion.blend(0.3)) is None


@pytest.mark.parametrize("alpha", [-0.1, 1.5, float("nan")])
def test_alpha_out_of_range(alpha: float) -> None:
    with pytest.raises(BlendError, match=r"alpha must be in \[0, 1\], got"):
        mark_coefficients(a_photo(), MARKS[0], Insertion.blend(alpha))


def through_pixels(data: bytes, mark: Mark, alpha: float) -> bytes:
    """Decoded, blended and encoded with the same tables and sampling."""
    picture = Image.open(io.BytesIO(data))
    blended = Image.fromarray(blend(np.asarray(picture.convert("RGB")), mark, alpha))
    buffer = io.BytesIO()
    blended.save(
        buffer,
        "JPEG",
        qtables=picture.quantization,
        subsampling=JpegImagePlugin.get_sampling(picture),
    )
    return buffer.getvalue()


def real_photos(count: int) -> list[bytes]:
    parquet = pytest.importorskip("pyarrow.parquet")
    if not NATURAL.exists():
        pytest.skip("the real photos are not there")
    table = parquet.read_table(NATURAL).column("image")[: 10 * count : 10].to_pylist()
    return [row["bytes"] for row in table]


@pytest.mark.data
@pytest.mark.parametrize("family", ["gratings", "image_blend", "random_pixels"])
def test_real_photos_come_out_nearer_to_the_blend_than_through_pixels(family: str) -> None:
    mark = get_family(family).draw(bytes(32), 0)
    ours, theirs = [], []
    for data in real_photos(30):
        before = pixels_of(data)
        rendered = mark.render(*before.shape[:2])
        weight = 0.3 * rendered.full_mask[..., None]
        exact = (1 - weight) * before + weight * rendered.pixels
        ours.append(np.square(pixels_of(marked(data, mark, 0.3)) - exact).mean())
        theirs.append(np.square(pixels_of(through_pixels(data, mark, 0.3)) - exact).mean())
    assert np.mean(ours) < np.mean(theirs)
    assert np.mean(np.array(ours) < theirs) >= 0.9


@pytest.mark.data
def test_real_photos_hold_the_blend_rounded() -> None:
    mark = CanvasMark(np.random.default_rng(0).integers(0, 256, (CANVAS, CANVAS, 3), np.uint8))
    for data in real_photos(10):
        new = coefficients(marked(data, mark, 0.4))
        through = coefficients(through_pixels(data, mark, 0.4))
        for ours, theirs, exact in zip(new, through, exact_blend(data, mark, 0.4), strict=True):
            assert np.abs(ours - exact).max() <= BOUND
            assert np.square(ours - exact).mean() < np.square(theirs - exact).mean()
