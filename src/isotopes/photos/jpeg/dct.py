"""The colours and the transform of JPEG, as matrices."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# From RGB to Y, Cb and Cr, and what is then taken off to centre each on zero (JFIF 1.02).
COLOURS = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.168735892, -0.331264108, 0.5],
        [0.5, -0.418687589, -0.081312411],
    ],
    np.float32,
)
CENTRES = (128, 0, 0)
FINENESS = 16  # spectra are kept in sixteenths; those of 8-bit pictures stay within 1024


def _cosines() -> NDArray[np.float64]:
    """The DCT of T.81 A.3.3 along one axis, from 8 samples to 8 coefficients."""
    frequency, place = np.mgrid[0:8, 0:8]
    cosines: NDArray[np.float64] = np.cos((2 * place + 1) * frequency * np.pi / 16) / 2
    cosines[0] /= np.sqrt(2)
    return cosines


COSINES = _cosines()
BASIS = np.kron(COSINES, COSINES).astype(np.float32)  # of a block: 64 samples to 64 coefficients


def colour_plane(pixels: NDArray[np.uint8], index: int) -> NDArray[np.float32]:
    """Component `index` (Y, Cb, Cr) of RGB pixels, centred on zero."""
    plane = cv2.transform(pixels.astype(np.float32), COLOURS[index : index + 1])
    return np.asarray(plane - np.float32(CENTRES[index]), np.float32)
