"""Whitening: weigh frequencies and colours by how little the pictures themselves have of them.

Two things hide a mark in the mean of many pictures: their common part, and the rest of their
differences. In photographs most of both lies in few frequencies and in luma. So the spectrum
is a 3 x 3 matrix S for each frequency, computed from the pictures under test:

    S = (P + near(P)) / 2 + Q / n,    P = Re(M M^H),    Q = mean over pictures of Re(F F^H) + floor

with F a picture's Fourier coefficients in the three colours, M those of the mean, and near(P) the
mean over the frequencies around. S depends on the pictures only: it is the same for the mark and
its decoys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2
from scipy.ndimage import uniform_filter

from isotopes.verify.matching.small import SIDE

HALF = SIDE // 2 + 1  # columns of a real picture's spectrum; the others mirror them
TWICE = np.where(np.isin(np.arange(HALF), (0, SIDE // 2)), 1.0, 2.0)  # how often each one counts
FLOOR = (SIDE / 255) ** 2  # power of the rounding noise: one level in each pixel
CHUNK = 128  # pictures at a time: 13 MB of Fourier coefficients

Spectrum = NDArray[np.complex128]  # shape (..., SIDE, HALF, 3)


@dataclass(frozen=True)
class Whitening:
    """S^-1 for each frequency, shape (SIDE, HALF, 3, 3); the mean colour is taken away."""

    inverse: NDArray[np.float64]

    def lengths(self, found: Spectrum) -> NDArray[np.float64]:
        """|S^(-1/2) x| of each picture x with such a spectrum, shape (n,)."""
        white = np.einsum("hwij,nhwj->nhwi", self.inverse, found, optimize=True)
        power = np.einsum("nhwi,nhwi,w->n", found.conj(), white, TWICE, optimize=True).real
        return np.asarray(np.sqrt(np.maximum(power, 0)) / SIDE)

    def matched(self, mean: Spectrum) -> NDArray[np.float64]:
        """S^-1 m / |S^(-1/2) m| as a picture, (SIDE, SIDE, 3): what a mark is multiplied with.

        Its product with a mark t, over |S^(-1/2) t|, is the cosine of the angle between the two
        whitened pictures. Zero if m is a single colour.
        """
        length = float(self.lengths(mean[None])[0])
        if length < 1e-9:  # noqa: PLR2004 - nothing but a colour
            return np.zeros((SIDE, SIDE, 3))
        white = np.einsum("hwij,hwj->hwi", self.inverse, mean)
        return np.asarray(irfft2(white, s=(SIDE, SIDE), axes=(0, 1)) / length)


def spectrum_of(pictures: NDArray[np.floating]) -> Spectrum:
    """Fourier coefficients of pictures (..., SIDE, SIDE, 3)."""
    return np.asarray(rfft2(pictures, axes=(-3, -2)))


def chunks(pictures: NDArray[np.uint8]) -> Iterator[Spectrum]:
    """The spectra of pictures in [0, 1], some at a time."""
    for start in range(0, len(pictures), CHUNK):
        yield spectrum_of(pictures[start : start + CHUNK] / 255)


def power_of(found: Spectrum) -> NDArray[np.float64]:
    """Re(F F^H), summed over pictures, shape (SIDE, HALF, 3, 3)."""
    return np.asarray(np.einsum("nhwi,nhwj->hwij", found, found.conj(), optimize=True).real)


def whitening_for(common: NDArray[np.float64], rest: NDArray[np.float64]) -> Whitening:
    """The whitening for a mean whose power is `common`, and whose noise has the power `rest`."""
    near = uniform_filter(common, (3, 3, 1, 1), mode=("wrap", "reflect", "reflect", "reflect"))
    inverse = np.asarray(np.linalg.inv((common + near) / 2 + rest), np.float64)
    inverse[0, 0] = 0
    return Whitening(inverse)
