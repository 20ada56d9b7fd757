"""The blend of one picture into a place that is there already: no array is made for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import BlendError
from isotopes.marks import Rendered


def blend_into(
    out: NDArray[np.uint8], picture: NDArray[np.uint8], mark: Rendered, alpha: float
) -> None:
    """Write ``blend(picture, mark, alpha)`` into `out`, the same bytes.

    For those who blend hundreds of marks into each of many pictures; they check alpha themselves.

    Args:
        out, picture: contiguous, uint8, shape (height, width, 3).
        mark: rendered at that size.

    Raises:
        BlendError: shapes that differ, or arrays that are not contiguous.
    """
    import cv2  # here: a bare GPU machine has none, and blends tensors

    if not out.shape == picture.shape == mark.pixels.shape:
        raise BlendError(
            f"picture, mark and result must have one shape,"
            f" got {picture.shape}, {mark.pixels.shape} and {out.shape}"
        )
    if not (out.flags.c_contiguous and picture.flags.c_contiguous):
        raise BlendError("picture and result must be contiguous, got a strided view")
    height, width = picture.shape[:2]
    rows = (height, width * 3)
    cv2.addWeighted(
        picture.reshape(rows), 1 - alpha, mark.pixels.reshape(rows), alpha, 0, dst=out.reshape(rows)
    )
    if mark.mask is not None:
        np.copyto(out, picture, where=~mark.mask[..., None])
