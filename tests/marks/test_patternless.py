"""The laws of marks without a pattern, and what each family adds to them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.blending import Insertion, blend
from isotopes.errors import BlendError, MarkError
from isotopes.marks import PatternlessMark, get_family, mark_families, mix_marks
from isotopes.marks.families.bent import LARGEST, SIDE, SmoothWarp
from isotopes.marks.families.grade import ColourTable
from isotopes.seeds import derive

FAMILIES = ("bent", "grade")
KEYS = st.binary(min_size=32, max_size=32)
TYPES = {"uint8": 255, "uint16": 65_535, "float32": 1}
STRENGTHS = (0.0, 0.1, 0.2, 0.4, 0.8)


def change_of(family: str, key: bytes) -> PatternlessMark:
    mark = get_family(family).from_key(key)
    assert isinstance(mark, PatternlessMark)
    return mark


def table(key: bytes) -> ColourTable:
    mark = change_of("grade", key)
    assert isinstance(mark, ColourTable)
    return mark


def warp(key: bytes) -> SmoothWarp:
    mark = change_of("bent", key)
    assert isinstance(mark, SmoothWarp)
    return mark


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Blurred, so that it isn't the same wherever it is taken from, nor quite another."""
    rng = np.random.default_rng(seed)
    rough = rng.integers(60, 196, (height + 4, width + 4, 3)).astype(float)
    near = [rough[at : at + height, at : at + width] for at in range(5)]
    return np.mean(near, axis=0).astype(np.uint8)


def of_type(picture: np.ndarray, name: str) -> np.ndarray:
    return (picture * (TYPES[name] / 255)).astype(name)


def test_the_families_without_a_pattern() -> None:
    drawn = {name: family().draw(bytes(32), 0) for name, family in mark_families().items()}
    assert {name for name, mark in drawn.items() if isinstance(mark, PatternlessMark)} == set(
        FAMILIES
    )


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10, deadline=None)
@given(key=KEYS, size=st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_strength_0_is_the_identity(
    family: str, name: str, key: bytes, size: tuple[int, int]
) -> None:
    for channels in (1, 3):
        picture = of_type(noise(*size)[..., :channels], name)
        before = picture.copy()
        found = change_of(family, key).on(picture, 0.0)
        assert found.dtype == picture.dtype
        assert np.array_equal(found, before)
        assert np.array_equal(picture, before)
        assert not np.shares_memory(found, picture)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=15, deadline=None)
@given(key=KEYS)
def test_the_change_grows_with_the_strength(family: str, key: bytes) -> None:
    across, down = np.meshgrid(np.linspace(40, 215, 48), np.linspace(40, 215, 48))
    smooth = np.stack([across, down, (across + down) / 2], axis=2).astype(np.uint8)
    mark = change_of(family, key)
    far = [np.abs(mark.on(smooth, s).astype(int) - smooth).mean() for s in STRENGTHS]
    assert far[0] == 0
    assert all(less < more for less, more in zip(far, far[1:], strict=False))


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=15, deadline=None)
@given(keys=st.lists(KEYS, min_size=2, max_size=2, unique=True))
def test_keys_differ_in_what_they_do_to_a_picture(family: str, keys: list[bytes]) -> None:
    one, two = (change_of(family, key).on(noise(32, 32), 0.5).astype(int) for key in keys)
    assert np.abs(one - two).mean() > 0.5


@pytest.mark.parametrize("family", FAMILIES)
def test_all_kinds_of_pictures_are_changed_alike(family: str) -> None:
    mark, pictures = change_of(family, bytes(32)), np.stack([noise(9, 14), noise(9, 14, 1)])
    changed = blend(pictures, mark, 0.3)
    assert np.array_equal(changed[1], mark.on(pictures[1], 0.3))
    assert np.array_equal(blend(pictures[1], mark, 0.3), changed[1])
    assert np.array_equal(blend(torch.from_numpy(pictures), mark, 0.3).numpy(), changed)
    floats = blend(of_type(pictures, "float32"), mark, 0.3)
    assert np.abs(floats * 255 - changed).max() < 1
    tensor = blend(torch.from_numpy(of_type(pictures, "float32")), mark, 0.3)
    assert np.array_equal(tensor.numpy(), floats)
    deep = mark.on(of_type(pictures[0], "uint16"), 0.3)
    assert np.abs(deep / 257 - changed[0]).max() < 1


def test_what_can_not_be_put_in_is_refused() -> None:
    grade, picture = change_of("grade", bytes(32)), noise(8, 8)
    with pytest.raises(BlendError, match=r"alpha must be in \[0, 1\], got 1.5"):
        blend(picture, grade, 1.5)
    with pytest.raises(BlendError, match="put the mark itself in"):
        blend(picture, grade.render(8, 8), 0.3)
    with pytest.raises(BlendError, match="must be uint8 or float32, got int64"):
        Insertion.of(grade, 0.3).apply(picture.astype(np.int64), grade)  # type: ignore[call-overload]
    with pytest.raises(BlendError, match="must be uint8 or floating point, got torch.int64"):
        blend(torch.zeros((8, 8, 3), dtype=torch.int64), grade, 0.3)
    with pytest.raises(BlendError, match=r"must have shape \(n, height, width, 3\), got \(8, 8\)"):
        blend(picture[..., 0], grade, 0.3)
    with pytest.raises(MarkError, match="without a pattern can't be mixed"):
        mix_marks(get_family("gratings").draw(bytes(32), 0), grade, 0.5)
    with pytest.raises(MarkError, match=r"at most 32,766 pixels a side, got 32,767 x 1"):
        change_of("bent", bytes(32)).on(np.zeros((1, LARGEST + 1, 3), np.uint8), 0.1)


@settings(max_examples=15, deadline=None)
@given(key=KEYS, order=st.permutations(range(60)))
def test_a_grade_looks_at_colours_alone(key: bytes, order: list[int]) -> None:
    """So pieces, mirror images and any other order of the pixels are changed alike."""
    grade, picture = table(key), noise(6, 10)
    changed = grade.on(picture, 0.5).reshape(60, 3)
    moved = picture.reshape(60, 3)[order].reshape(10, 6, 3)
    assert np.array_equal(grade.on(moved, 0.5).reshape(60, 3), changed[order])


@settings(max_examples=15, deadline=None)
@given(key=KEYS)
def test_grades_change_usual_colours_equally_and_no_luma(key: bytes) -> None:
    moves = table(key).moves.astype(float)
    assert np.abs(moves).max() < 127
    assert np.abs(moves @ [0.299, 0.587, 0.114]).max() < 1.5
    node = np.indices(moves.shape[:3])
    usual = moves[node.max(axis=0) - node.min(axis=0) <= 6]
    assert np.sqrt((usual**2).mean()) == pytest.approx(20, abs=0.6)
    # Smooth: neighbours in the table, 16 levels apart, move alike, so that no gradient breaks.
    assert max(np.abs(np.diff(moves, axis=axis)).max() for axis in range(3)) < 32


def test_a_table_is_applied_as_it_says() -> None:
    """At its nodes a colour gains what the table holds, and halfway the mean of two nodes."""
    grade = table(bytes(32))
    for blue, green, red in ((4, 8, 12), (8, 8, 8), (12, 3, 5)):
        gain = grade.moves[blue, green, red].astype(float)
        next_gain = grade.moves[blue, green, red + 1].astype(float)
        nodes = np.array([red, green, blue]) * (255 / 16)
        for part in (0.0, 0.5):
            colour = (nodes + np.array([part * 255 / 16, 0, 0])).round().astype(np.uint8)
            gained = grade.on(colour.reshape(1, 1, 3), 1.0)[0, 0] - colour.astype(float)
            assert np.abs(gained - (gain + part * (next_gain - gain))).max() < 2


@settings(max_examples=25, deadline=None)
@given(key=KEYS)
def test_a_warp_never_folds_and_all_move_alike(key: bytes) -> None:
    moved = warp(key).moves(128, 128, slice(0, 128)) / SIDE
    length = np.sqrt((moved**2).sum(axis=2).mean())
    assert 0.7 / 40 < length < 1.02 / 40
    down, across = (np.gradient(moved * 128, axis=axis) for axis in (0, 1))
    area = (1 + across[..., 0]) * (1 + down[..., 1]) - across[..., 1] * down[..., 0]
    assert area.min() > 0


@settings(max_examples=15, deadline=None)
@given(key=KEYS, height=st.integers(4, 60), width=st.integers(4, 60))
def test_a_warp_is_stretched_over_the_whole_picture(key: bytes, height: int, width: int) -> None:
    """Three times as many pixels a side: the same places move by the same part of the sides."""
    mark = warp(key)
    small = mark.moves(height, width, slice(0, height))
    large = mark.moves(3 * height, 3 * width, slice(0, 3 * height))
    assert np.abs(large[1::3, 1::3] - small).max() <= SIDE // 40 // 100
    assert np.array_equal(mark.moves(height, width, slice(2, 4)), small[2:4])


def test_a_warp_takes_pixels_from_where_it_says() -> None:
    mark = warp(derive(bytes(32), "where"))
    ramp = np.zeros((100, 120, 3), np.float32)
    ramp[..., 0], ramp[..., 1] = np.arange(120) / 200, np.arange(100)[:, None] / 200
    moved = mark.on(ramp, 0.5) - ramp
    said = mark.moves(100, 120, slice(0, 100)) / SIDE * 0.5
    inside = (slice(10, 90), slice(10, 110))
    assert np.abs(moved[..., 0] * 200 - said[..., 0] * 120)[inside].max() < 0.05
    assert np.abs(moved[..., 1] * 200 - said[..., 1] * 100)[inside].max() < 0.05
