from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isotopes.errors import MarkError
from isotopes.marks import (
    CANVAS,
    CanvasMark,
    Mark,
    get_family,
    linf_distance,
    mark_families,
    mix_marks,
)
from isotopes.marks.resample import resample_smooth

KEYED = ("bent", "dead_leaves", "grade", "gratings", "pixel_square", "random_pixels", "tints")
SMOOTH = ("dead_leaves", "gratings")
KEYS = st.binary(min_size=32, max_size=32)

# A mark must look the same whichever version drew it. A change here needs a new family version,
# and the old one must go on rendering for those who already published pictures with it.
GOLDEN = {
    ("bent", 1, 32, 32): "5902ef0e1cf2a2663ef0f72e",
    ("bent", 1, 224, 224): "81a50708cfb56f4d5434253c",
    ("bent", 1, 90, 301): "9cc1e1efb2a89c121b2d0c21",
    ("dead_leaves", 1, 32, 32): "01936fda59e77d1aefcaa8d9",
    ("dead_leaves", 1, 224, 224): "66c2a483594f6d5a1583fe29",
    ("dead_leaves", 1, 90, 301): "27265e5f5e645d41fb93de59",
    ("gratings", 1, 32, 32): "5e4cdc9e58d0dcda7ce60d02",
    ("gratings", 1, 224, 224): "c6e355b826f2073e32769190",
    ("gratings", 1, 90, 301): "bd6db4a0df5666c781c3e59d",
    ("grade", 1, 32, 32): "a0cfd278aaf3d6972e510eb3",
    ("grade", 1, 224, 224): "c41fc06f74590c01cb579abe",
    ("grade", 1, 90, 301): "ddb85c7e9d0b541800ce578b",
    ("image_blend", 1, 32, 32): "81be1a9cb7c4e177c150ff68",
    ("image_blend", 1, 224, 224): "1ca557d66135a90d38e2e135",
    ("image_blend", 1, 90, 301): "31b5457482c7d8ead520205d",
    ("pixel_square", 1, 32, 32): "b03466efd07179b6e1589c15",
    ("pixel_square", 1, 224, 224): "4d9e13cd3f716732b33c5752",
    ("pixel_square", 1, 90, 301): "7ae6f1196570ed4910973eaa",
    ("random_pixels", 1, 32, 32): "08a676ef001bd03fe98f58d4",
    ("random_pixels", 1, 224, 224): "c63531b4c5334067a0d2d3a0",
    ("random_pixels", 1, 90, 301): "dd73c8c21185b78d9b17da2c",
    ("tints", 1, 32, 32): "aa19efce145484aadb166b6a",
    ("tints", 1, 224, 224): "6d6c474a26e996752a4bb748",
    ("tints", 1, 90, 301): "6e31ea4538f5edd665f585bb",
}


def fingerprint(mark: Mark, height: int, width: int) -> str:
    rendered = mark.render(height, width)
    return hashlib.sha256(rendered.pixels.tobytes() + rendered.full_mask.tobytes()).hexdigest()[:24]


@pytest.mark.parametrize(("family", "version", "height", "width"), GOLDEN)
def test_golden_renderings(family: str, version: int, height: int, width: int) -> None:
    mark = get_family(family, version=version).draw(bytes(range(32)), 0)
    assert fingerprint(mark, height, width) == GOLDEN[family, version, height, width]


def test_every_family_has_golden_renderings() -> None:
    missing = set(mark_families()) - {name for name, *_ in GOLDEN}
    assert not missing, f"{missing} have no renderings in GOLDEN: docs/extending.md says how"


@pytest.mark.parametrize("family", KEYED)
@settings(max_examples=10, deadline=None)
@given(key=KEYS)
def test_same_key_same_mark(family: str, key: bytes) -> None:
    maker = get_family(family)
    assert maker.from_key(key) == maker.from_key(key)


@pytest.mark.parametrize("family", SMOOTH)
@settings(max_examples=15, deadline=None)
@given(keys=st.lists(KEYS, min_size=2, max_size=2, unique=True))
def test_distinct_keys_give_distant_marks(family: str, keys: list[bytes]) -> None:
    one, two = (get_family(family).from_key(key) for key in keys)
    assert linf_distance(one, two) > 0.5


@pytest.mark.parametrize("family", SMOOTH)
@settings(max_examples=10, deadline=None)
@given(key=KEYS, side=st.integers(16, 96))
def test_size_changes_a_mark_only_by_resampling(family: str, key: bytes, side: int) -> None:
    mark = get_family(family).from_key(key)
    large = mark.render(4 * side, 4 * side).rgb
    shrunk = large.reshape(side, 4, side, 4, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - mark.render(side, side).rgb).mean() < 0.03


@pytest.mark.parametrize("family", KEYED)
def test_every_draw_differs(family: str) -> None:
    maker = get_family(family)
    marks = {fingerprint(maker.draw(bytes(32), index), 32, 32) for index in range(40)}
    assert len(marks) >= 38  # pixel_square has few places and sizes: a repeat may happen


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    level=st.integers(0, 255),
)
def test_resampling_keeps_a_flat_canvas_flat(
    rows: int, columns: int, height: int, width: int, level: int
) -> None:
    canvas = np.full((rows, columns, 3), level, np.uint8)
    assert (resample_smooth(canvas, height, width) == level).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), height=st.integers(1, 90), width=st.integers(1, 90))
def test_resampling_stays_in_range_and_keeps_the_mean(seed: int, height: int, width: int) -> None:
    canvas = np.random.default_rng(seed).integers(90, 160, (24, 31, 3)).astype(np.uint8)
    out = resample_smooth(canvas, height, width)
    assert out.min() >= canvas.min()
    assert out.max() <= canvas.max()
    assert resample_smooth(canvas, 24, 31).tobytes() == canvas.tobytes()


@pytest.mark.parametrize("side", [0, -3, 65_501])
def test_impossible_sizes_are_refused(side: int) -> None:
    mark = get_family("gratings").draw(bytes(32), 0)
    with pytest.raises(MarkError, match=f"height must be 1 to 65500 pixels, got {side}"):
        mark.render(side, 10)


def test_unknown_family_version_and_option() -> None:
    with pytest.raises(MarkError, match="no mark family is called 'grating'") as caught:
        get_family("grating")
    assert "gratings" in (caught.value.hint or "")
    with pytest.raises(MarkError, match="version 1 here, but the mark was made with version 9"):
        get_family("gratings", version=9)
    with pytest.raises(MarkError, match="gratings has no option 'pool'; it has: none"):
        get_family("gratings", {"pool": "x"})


def test_pixel_patterns_zero_their_pixels() -> None:
    for family in ("pixel_square", "random_pixels"):
        rendered = get_family(family).draw(bytes(32), 0).render(32, 32)
        assert rendered.mask is not None
        assert 4 <= rendered.mask.sum() <= 60
        assert (rendered.pixels[rendered.mask] == 0).all()


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    folder = tmp_path / "pool"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(6):
        pixels = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


def test_a_pool_is_drawn_without_replacement(pool: Path) -> None:
    family = get_family("image_blend", {"pool": str(pool)})
    assert family.exchangeable
    assert family.size == 6
    marks = [family.draw(bytes(32), index) for index in range(6)]
    assert len(set(marks)) == 6
    with pytest.raises(MarkError, match="draw 6 was asked of a pool of 6 pictures"):
        family.draw(bytes(32), 6)


def test_each_picture_of_a_pool_is_as_likely_to_be_the_mark(pool: Path) -> None:
    first = [
        hash(
            get_family("image_blend", {"pool": str(pool)}).draw(bytes([k]) * 32, 0).canvas[0, 0, 0]
        )
        for k in range(60)
    ]
    assert len(set(first)) >= 6  # all six come up (crops make more than six canvases)


def test_a_changed_pool_is_noticed(pool: Path) -> None:
    pinned = get_family("image_blend", {"pool": str(pool)}).pinned_options()
    get_family("image_blend", pinned)
    (pool / "0.png").unlink()
    with pytest.raises(MarkError, match="has changed since the mark was made"):
        get_family("image_blend", pinned)


def test_an_own_picture_is_not_exchangeable(pool: Path) -> None:
    own = {"picture": str(pool / "3.png")}
    family = get_family("image_blend", own)
    assert not family.exchangeable
    with pytest.raises(MarkError, match="no distribution to draw decoys from"):
        family.draw(bytes(32), 1)
    declared = get_family("image_blend", {**own, "pool": str(pool)})
    assert not declared.exchangeable
    assert declared.draw(bytes(32), 0) == family.draw(bytes(32), 0)
    assert declared.draw(bytes(32), 1) != declared.draw(bytes(32), 2)


def test_the_cartoon_marks_only_its_drawing() -> None:
    rendered = get_family("image_blend").draw(bytes(32), 0).render(CANVAS, CANVAS)
    assert rendered.mask is not None
    assert 0.02 < rendered.mask.mean() < 0.5
    assert (rendered.pixels[~rendered.mask] >= 250).all()


def test_unreadable_pictures_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(MarkError, match=r"broken\.png can't serve as a mark"):
        get_family("image_blend", {"picture": str(broken)}).draw(bytes(32), 0)
    with pytest.raises(MarkError, match="must be a folder of pictures"):
        get_family("image_blend", {"pool": str(broken)}).draw(bytes(32), 0)


@settings(max_examples=20, deadline=None)
@given(ratio=st.floats(0, 1))
def test_mixing_is_proportional(ratio: float) -> None:
    first, second = (get_family("dead_leaves").draw(bytes(32), index) for index in (0, 1))
    mixed = mix_marks(first, second, ratio)
    whole = linf_distance(first, second)
    assert linf_distance(first, mixed) == pytest.approx(ratio * whole, abs=0.01)
    assert mix_marks(first, second, 0) == first
    assert mix_marks(first, second, 1) == second


def test_mixing_ratio_out_of_range() -> None:
    mark = get_family("gratings").draw(bytes(32), 0)
    with pytest.raises(MarkError, match=r"ratio must be in \[0, 1\], got 1.5"):
        mix_marks(mark, mark, 1.5)


def test_distance_counts_what_only_one_mask_holds() -> None:
    cartoon = get_family("image_blend").draw(bytes(32), 0)
    square = get_family("pixel_square").draw(bytes(32), 0)
    assert linf_distance(cartoon, cartoon) == 0
    assert linf_distance(cartoon, square) == 1


def test_a_canvas_of_another_shape_is_refused() -> None:
    with pytest.raises(MarkError, match=r"canvas must be uint8 of shape \(256, 256, 3\)"):
        CanvasMark(np.zeros((8, 8, 3), np.uint8))


def test_marks_do_not_show_their_key() -> None:
    assert "canvas" not in repr(get_family("gratings").draw(bytes(32), 0))
