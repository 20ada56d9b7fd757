"""Marks without a pattern, in stacks of pictures: arrays or tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import BlendError
from isotopes.marks import PatternlessMark

if TYPE_CHECKING:
    import torch


def change_pictures(
    change: PatternlessMark, pictures: NDArray[Any] | torch.Tensor, strength: float
) -> NDArray[Any] | torch.Tensor:
    """The pictures with the change in each of them; a new array or tensor.

    Args:
        pictures: as `Insertion.apply` takes them. Tensors are changed as arrays: the same result.

    Raises:
        BlendError: a wrong type.
        MarkError: pictures too large for this change.
    """
    if not isinstance(pictures, np.ndarray):
        return _on_tensor(change, pictures, strength)
    if pictures.dtype not in {np.dtype(np.uint8), np.dtype(np.float32)}:
        raise BlendError(f"pictures must be uint8 or float32, got {pictures.dtype}")
    stack = pictures.reshape(-1, *pictures.shape[-3:])
    changed = np.empty_like(stack, order="C")
    for source, target in zip(stack, changed, strict=True):
        target[:] = change.on(np.ascontiguousarray(source), strength)
    return changed.reshape(pictures.shape)


def _on_tensor(change: PatternlessMark, pictures: torch.Tensor, strength: float) -> torch.Tensor:
    import torch

    if pictures.dtype != torch.uint8 and not pictures.is_floating_point():
        raise BlendError(f"pictures must be uint8 or floating point, got {pictures.dtype}")
    given = pictures.detach().cpu()
    array = given.numpy() if pictures.dtype == torch.uint8 else given.float().numpy()
    changed = torch.from_numpy(np.asarray(change_pictures(change, array, strength)))
    return changed.to(pictures.device, pictures.dtype)
