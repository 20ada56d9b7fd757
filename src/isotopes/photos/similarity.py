"""How alike two pictures are: PSNR and SSIM."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

WINDOW, SIGMA = 11, 1.5  # the Gaussian window of the paper
STABLE = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio of two 8-bit pictures in dB; infinite if they are the same."""
    error = float(np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def ssim(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Mean structural similarity of the lumas of two RGB pictures, at most 1 (the same).

    Args:
        first, second: uint8, shape (height, width, 3). Below 11 pixels a side the window reaches
            over the edge, where the picture is mirrored.

    Reference: Wang, Bovik, Sheikh and Simoncelli (2004), with its constants and window.
    """
    one, two = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64) for p in (first, second))
    mean_one, mean_two = _smooth(one), _smooth(two)
    spread_one = _smooth(one * one) - mean_one**2
    spread_two = _smooth(two * two) - mean_two**2
    shared = _smooth(one * two) - mean_one * mean_two
    alike = (2 * mean_one * mean_two + STABLE[0]) * (2 * shared + STABLE[1])
    alike /= (mean_one**2 + mean_two**2 + STABLE[0]) * (spread_one + spread_two + STABLE[1])
    height, width = alike.shape
    edge = WINDOW // 2 if min(height, width) >= WINDOW else 0
    return float(alike[edge : height - edge, edge : width - edge].mean())


def _smooth(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    smooth = cv2.GaussianBlur(plane, (WINDOW, WINDOW), SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth, np.float64)
