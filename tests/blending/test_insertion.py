"""The one rule, wherever it is used: against the formula in float64, and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from photo_files import decode, encode, gratings, png, square

from isotopes.blending import Insertion, blend
from isotopes.photos import mark_bytes
from isotopes.photos.pixels import insert_pixels

RULES = st.builds(Insertion, st.floats(0, 1), st.floats(0, 1), st.floats(-128, 128))
SIDES = st.integers(1, 12)
PICTURES = st.tuples(SIDES, SIDES, st.just(3)).flatmap(lambda s: hnp.arrays(np.uint8, s))


def exact(picture: np.ndarray, mark: object, rule: Insertion) -> np.ndarray:
    """The formula in float64 and levels, not rounded."""
    rendered = mark.render(*picture.shape[:2])
    changed = rule.keep * picture.astype(float) + rule.gain * rendered.pixels + rule.shift
    return np.where(rendered.full_mask[..., None], changed.clip(0, 255), picture)


@settings(max_examples=40, deadline=None)
@given(picture=PICTURES, rule=RULES)
def test_arrays_floats_and_files_hold_the_formula(picture: np.ndarray, rule: Insertion) -> None:
    for mark in (gratings(), square()):
        wanted = exact(picture, mark, rule)
        marked = rule.apply(picture, mark)
        assert np.abs(marked - wanted).max() <= 0.5 + 1e-3
        floats = rule.apply((picture / 255).astype(np.float32), mark)
        assert np.abs(floats * 255 - wanted).max() <= 1e-3
        assert (insert_pixels(picture, mark, rule) == marked).all()
        deep = insert_pixels(picture.astype(np.uint16) * 257, mark, rule)
        assert np.abs(deep / 257 - wanted).max() <= 0.01
        assert (decode(mark_bytes(encode(picture, "PNG"), mark, rule).data) == marked).all()


@pytest.mark.torch
@settings(max_examples=20, deadline=None)
@given(picture=PICTURES, rule=RULES)
def test_tensors_agree_with_arrays(picture: np.ndarray, rule: Insertion) -> None:
    torch = pytest.importorskip("torch")
    floats = (picture / 255).astype(np.float32)
    for mark in (gratings(), square()):
        theirs = rule.apply(torch.from_numpy(picture.copy()), mark).numpy()
        assert np.abs(theirs.astype(int) - rule.apply(picture, mark)).max() <= 1
        theirs = rule.apply(torch.from_numpy(floats.copy()), mark).numpy()
        assert np.abs(theirs - rule.apply(floats, mark)).max() <= 1e-5


def test_the_blend_is_one_of_them() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert Insertion.blend(0.25) == Insertion(0.75, 0.25)
    assert (
        Insertion.blend(0.25).apply(picture, gratings()) == blend(picture, gratings(), 0.25)
    ).all()


def test_a_16_bit_file_takes_the_shift_in_its_own_steps() -> None:
    deep = np.full((4, 4, 3), 1000, np.uint16)
    marked = mark_bytes(png(deep, 2, 16), gratings(), Insertion(1, 0, 2)).data
    import cv2

    read = cv2.imdecode(np.frombuffer(marked, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (read == 1000 + 2 * 257).all()
