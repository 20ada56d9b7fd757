from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isotopes.blending import blend
from isotopes.errors import BlendError
from isotopes.marks import CanvasMark, Mark, Rendered, get_family

SIDES = st.integers(1, 12)
ALPHAS = st.floats(0, 1, width=32)
SHAPES = st.tuples(st.integers(1, 3), SIDES, SIDES, st.just(3))
BYTES = SHAPES.flatmap(lambda shape: hnp.arrays(np.uint8, shape))
FLOATS = SHAPES.flatmap(lambda s: hnp.arrays(np.float32, s, elements=st.floats(0, 1, width=32)))


def marks() -> list[Mark]:
    return [get_family(name).draw(bytes(32), 0) for name in ("gratings", "random_pixels")]


@settings(max_examples=40, deadline=None)
@given(pictures=BYTES | FLOATS)
def test_alpha_0_gives_the_picture_and_1_the_mark(pictures: np.ndarray) -> None:
    height, width = pictures.shape[1:3]
    for mark in marks():
        rendered = mark.render(height, width)
        wanted = rendered.pixels if pictures.dtype == np.uint8 else rendered.rgb
        assert (blend(pictures, mark, 0) == pictures).all()
        inside = blend(pictures, mark, 1)[:, rendered.full_mask]
        np.testing.assert_allclose(
            inside, np.broadcast_to(wanted[rendered.full_mask], inside.shape)
        )


@settings(max_examples=40, deadline=None)
@given(pictures=BYTES | FLOATS, alpha=ALPHAS)
def test_range_and_mask_are_kept_and_the_source_untouched(
    pictures: np.ndarray, alpha: float
) -> None:
    before = pictures.copy()
    for mark in marks():
        rendered = mark.render(*pictures.shape[1:3])
        blended = blend(pictures, mark, alpha)
        assert blended.dtype == pictures.dtype
        assert blended.shape == pictures.shape
        outside = ~rendered.full_mask
        assert (blended[:, outside] == pictures[:, outside]).all()
        assert blended.min() >= 0
        assert blended.max() <= (255 if pictures.dtype == np.uint8 else 1)
    assert (pictures == before).all()


@settings(max_examples=40, deadline=None)
@given(pictures=BYTES, alpha=ALPHAS)
def test_bytes_are_the_rounded_blend(pictures: np.ndarray, alpha: float) -> None:
    mark = get_family("dead_leaves").draw(bytes(32), 3)
    exact = alpha * mark.render(*pictures.shape[1:3]).pixels.astype(np.float64)
    exact = exact + (1 - alpha) * pictures
    assert np.abs(blend(pictures, mark, alpha) - exact).max() <= 0.5 + 1e-4


@settings(max_examples=20, deadline=None)
@given(pictures=BYTES, alpha=ALPHAS)
def test_a_batch_is_its_pictures(pictures: np.ndarray, alpha: float) -> None:
    mark = get_family("gratings").draw(bytes(32), 1)
    together = blend(pictures, mark, alpha)
    for index, picture in enumerate(pictures):
        assert (blend(picture, mark, alpha) == together[index]).all()


@pytest.mark.torch
@settings(max_examples=30, deadline=None)
@given(pictures=BYTES | FLOATS, alpha=ALPHAS)
def test_torch_agrees_with_numpy(pictures: np.ndarray, alpha: float) -> None:
    torch = pytest.importorskip("torch")
    for mark in marks():
        ours = blend(pictures, mark, alpha)
        theirs = blend(torch.from_numpy(pictures.copy()), mark, alpha).numpy()
        assert theirs.dtype == ours.dtype
        tolerance = 1 if ours.dtype == np.uint8 else 1e-6
        assert np.abs(theirs.astype(np.float64) - ours).max() <= tolerance


def test_a_strided_picture_is_blended_like_its_copy() -> None:
    wide = np.random.default_rng(0).integers(0, 256, (10, 20, 3), dtype=np.uint8)
    mark = get_family("gratings").draw(bytes(32), 0)
    assert (blend(wide[:, ::2], mark, 0.4) == blend(wide[:, ::2].copy(), mark, 0.4)).all()


@pytest.mark.parametrize("alpha", [-0.1, 1.01, float("nan")])
def test_alpha_out_of_range(alpha: float) -> None:
    with pytest.raises(BlendError, match=r"alpha must be in \[0, 1\], got"):
        blend(np.zeros((2, 2, 3), np.uint8), get_family("gratings").draw(bytes(32), 0), alpha)


def test_what_is_no_picture_is_refused() -> None:
    mark = CanvasMark(np.zeros((256, 256, 3), np.uint8))
    with pytest.raises(BlendError, match=r"shape \(n, height, width, 3\), got \(4, 4\)"):
        blend(np.zeros((4, 4), np.uint8), mark, 0.5)
    with pytest.raises(BlendError, match="must be uint8 or float32, got int64"):
        blend(np.zeros((4, 4, 3), np.int64), mark, 0.5)  # type: ignore[call-overload]
    with pytest.raises(BlendError, match=r"rendered at \(2, 2\), the pictures are 4 x 4"):
        blend(np.zeros((4, 4, 3), np.uint8), Rendered(np.zeros((2, 2, 3), np.uint8)), 0.5)
