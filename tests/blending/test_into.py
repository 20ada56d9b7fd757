from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isotopes.blending import blend
from isotopes.blending.into import blend_into
from isotopes.errors import BlendError
from isotopes.marks import Rendered, fitted, get_family

SIDES = st.integers(1, 20)
PICTURES = st.tuples(SIDES, SIDES, st.just(3)).flatmap(lambda s: hnp.arrays(np.uint8, s))


@pytest.mark.parametrize("family", ["gratings", "random_pixels", "grade", "bent"])
@settings(max_examples=60, deadline=None)
@given(picture=PICTURES, alpha=st.floats(0, 1, width=32))
def test_same_bytes_as_blend(family: str, picture: np.ndarray, alpha: float) -> None:
    mark = fitted(get_family(family).draw(bytes(32), 0), *picture.shape[:2])
    batch = np.zeros((3, *picture.shape), np.uint8)
    before = picture.copy()
    blend_into(batch[1], picture, mark, alpha)
    assert (batch[1] == blend(picture, mark, alpha)).all()
    assert (batch[[0, 2]] == 0).all()
    assert (picture == before).all()


def test_what_does_not_fit_is_refused() -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    mark = Rendered(np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(BlendError, match=r"one shape, got .* and \(4, 5, 3\)"):
        blend_into(np.zeros((4, 5, 3), np.uint8), picture, mark, 0.4)
    with pytest.raises(BlendError, match="must be contiguous, got a strided view"):
        blend_into(np.zeros((4, 12, 3), np.uint8)[:, ::2], picture, mark, 0.4)
