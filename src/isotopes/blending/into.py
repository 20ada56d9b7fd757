"""Put a mark into one picture, in existing memory: no array is made for each query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.blending.insertion import Insertion
from isotopes.errors import BlendError
from isotopes.marks import PatternlessMark, Rendered


def blend_into(
    out: NDArray[np.uint8],
    picture: NDArray[np.uint8],
    mark: Rendered | PatternlessMark,
    alpha: float,
) -> None:
    """Write ``blend(picture, mark, alpha)`` into `out`, the same bytes.

    For callers who put hundreds of marks into each of many pictures.

    Args:
        out, picture: contiguous, uint8, shape (height, width, 3).
        mark: fitted to that size (`marks.fitted`).

    Raises:
        BlendError: alpha out of range, shapes that differ, or arrays that are not contiguous.
    """
    taken = picture.shape if isinstance(mark, PatternlessMark) else mark.pixels.shape
    if not out.shape == picture.shape == taken:
        raise BlendError(
            f"picture, mark and result must have one shape,"
            f" got {picture.shape}, {taken} and {out.shape}"
        )
    if not (out.flags.c_contiguous and picture.flags.c_contiguous):
        raise BlendError("picture and result must be contiguous, got a strided view")
    insertion = Insertion.of(mark, alpha)
    if isinstance(mark, PatternlessMark):
        out[:] = mark.on(picture, insertion.gain)
        return
    insertion.into(out, picture, mark.pixels)
    if mark.mask is not None:
        np.copyto(out, picture, where=~mark.mask[..., None])
