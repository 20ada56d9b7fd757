"""Fade what a method does to pictures until they are as near to the originals as asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PSNR = 28.0  # dB, of all of an owner's pictures together


def faded(
    pixels: NDArray[np.uint8], changed: NDArray[np.uint8], psnr: float = PSNR
) -> NDArray[np.uint8]:
    """The changed pictures, moved back towards the originals until they are at `psnr`.

    Args:
        pixels, changed: uint8, of one shape. Pictures that are nearer already stay as they are.
    """
    error = np.square(changed.astype(np.float64) - pixels).mean()
    allowed = 255**2 / 10 ** (psnr / 10)
    left = min(1.0, float(np.sqrt(allowed / max(error, 1e-12))))
    return np.rint(pixels + left * (changed.astype(np.float64) - pixels)).astype(np.uint8)
