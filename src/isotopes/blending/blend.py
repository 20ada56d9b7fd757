"""x (+) (t, m, alpha) = alpha * t[m] + (1 - alpha) * x[m], other pixels unchanged (section 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import BlendError
from isotopes.marks import Mark, Rendered, render_cached

if TYPE_CHECKING:
    import torch


@overload
def blend(
    pictures: NDArray[np.uint8], mark: Mark | Rendered, alpha: float
) -> NDArray[np.uint8]: ...
@overload
def blend(
    pictures: NDArray[np.float32], mark: Mark | Rendered, alpha: float
) -> NDArray[np.float32]: ...
@overload
def blend(pictures: torch.Tensor, mark: Mark | Rendered, alpha: float) -> torch.Tensor: ...
def blend(
    pictures: NDArray[Any] | torch.Tensor, mark: Mark | Rendered, alpha: float
) -> NDArray[Any] | torch.Tensor:
    """The pictures with the mark blended in; a new array, the pictures stay as they are.

    Args:
        pictures: shape (n, height, width, 3) or (height, width, 3), RGB; uint8, or floating
            point in [0, 1]. A numpy array or a torch tensor on any device; the result is alike.
        mark: rendered at the pictures' size where it is not rendered yet.
        alpha: visibility in [0, 1]; 0 gives the picture, 1 the mark.

    uint8 results are ``round(alpha * t + (1 - alpha) * x)`` in float32, exact ties to even, as in
    the paper's released code.

    Raises:
        BlendError: a wrong shape, type or alpha, or a mark rendered at another size.
    """
    check_alpha(alpha)
    shape = tuple(pictures.shape)
    if len(shape) not in {3, 4} or shape[-1] != 3:
        raise BlendError(f"pictures must have shape (n, height, width, 3), got {shape}")
    height, width = shape[-3], shape[-2]
    rendered = render_cached(mark, height, width) if isinstance(mark, Mark) else mark
    if rendered.pixels.shape[:2] != (height, width):
        raise BlendError(
            f"the mark is rendered at {rendered.pixels.shape[:2]},"
            f" the pictures are {height} x {width}"
        )
    if not isinstance(pictures, np.ndarray):
        return _blend_torch(pictures, rendered, alpha)
    if pictures.dtype == np.uint8:
        return _blend_bytes(pictures, rendered, alpha)
    if pictures.dtype == np.float32:
        return _blend_floats(pictures, rendered, alpha)
    raise BlendError(f"pictures must be uint8 or float32, got {pictures.dtype}")


def check_alpha(alpha: float) -> None:
    """Raise BlendError unless alpha is in [0, 1]."""
    if not 0 <= alpha <= 1:
        raise BlendError(f"alpha must be in [0, 1], got {alpha}")


def _blend_bytes(pictures: NDArray[np.uint8], mark: Rendered, alpha: float) -> NDArray[np.uint8]:
    import cv2  # here, so that research code on a bare GPU machine needs no OpenCV

    out = np.empty_like(pictures, order="C")
    width = pictures.shape[-2]
    stack = pictures.reshape(-1, *pictures.shape[-3:])
    for source, target in zip(stack, out.reshape(stack.shape), strict=True):
        # One row per picture row: OpenCV's vector loop is the fastest rounding blend there is.
        blended = cv2.addWeighted(
            np.ascontiguousarray(source).reshape(-1, width * 3),
            1 - alpha,
            mark.pixels.reshape(-1, width * 3),
            alpha,
            0,
        ).reshape(source.shape)
        target[...] = (
            blended if mark.mask is None else np.where(mark.mask[..., None], blended, source)
        )
    return out


def _blend_floats(
    pictures: NDArray[np.float32], mark: Rendered, alpha: float
) -> NDArray[np.float32]:
    share = np.float32(alpha)
    blended = pictures * (np.float32(1) - share)
    blended += share * mark.rgb
    np.clip(blended, 0, 1, out=blended)
    return blended if mark.mask is None else np.where(mark.mask[..., None], blended, pictures)


def _blend_torch(pictures: torch.Tensor, mark: Rendered, alpha: float) -> torch.Tensor:
    import torch

    pixels = torch.from_numpy(mark.pixels.copy()).to(pictures.device)
    if pictures.dtype == torch.uint8:
        floats = pictures.float() * (1 - alpha) + pixels.float() * alpha
        blended = floats.round().clamp(0, 255).to(torch.uint8)
    elif pictures.is_floating_point():
        share = (pixels.float() / 255).to(pictures.dtype)
        blended = (pictures * (1 - alpha) + share * alpha).clamp(0, 1)
    else:
        raise BlendError(f"pictures must be uint8 or floating point, got {pictures.dtype}")
    if mark.mask is None:
        return blended
    mask = torch.from_numpy(mark.mask).to(pictures.device)[..., None]
    return torch.where(mask, blended, pictures)
