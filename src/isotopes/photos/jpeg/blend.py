"""The blend on a JPEG's quantised DCT coefficients.

The blend is linear and so is the DCT. With q the quantisation steps and T the DCT of the mark,

    C' = round((1 - alpha) * C + alpha * T / q)

is the blend of the two pictures, rounded once. A mask is met by blocks of 8 x 8 samples: one
outside keeps its coefficients, one inside is blended as above, and one on the mask's boundary is
blended sample by sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.marks import Mark
from isotopes.photos.jpeg.header import Component, Frame
from isotopes.photos.jpeg.spectrum import BASIS, FINENESS, STRIP, Boundary, Spectrum, spectra
from isotopes.photos.jpeg.transcode import HIGHEST, LOWEST, Coefficients
from isotopes.recent import remember

CACHE_BYTES = 128 * 2**20  # two 12-megapixel photos with full chroma, or three with halved


@dataclass(frozen=True)
class Share:
    """What a mark at one visibility does to one component.

    Attributes:
        alpha: visibility in [0, 1].
        steps: quantisation steps, float32, shape (64,).
        added: alpha * T / q in units of 1/FINENESS, int16, shape (block rows, block columns, 64).
        inside, boundary: the mask, as in Spectrum.
    """

    alpha: float
    steps: NDArray[np.float32]
    added: NDArray[np.int16]
    inside: NDArray[np.bool_] | None
    boundary: Boundary | None

    def blend_into(self, coefficients: Coefficients) -> None:
        """Blend in place; `coefficients` has the shape of `added`."""
        if self.inside is None or self.boundary is None:
            self._weigh(coefficients, self.added)
            return
        chosen = coefficients[self.inside]
        self._weigh(chosen, self.added[self.inside])
        coefficients[self.inside] = chosen
        self._blend_boundary(coefficients, self.boundary)

    def _weigh(self, blocks: Coefficients, added: NDArray[np.int16]) -> None:
        if blocks.size:
            # OpenCV's vector loop rounds once and makes no copy; it takes two dimensions.
            rows = blocks.reshape(len(blocks), -1)
            share = added.reshape(len(blocks), -1)
            cv2.addWeighted(rows, 1 - self.alpha, share, 1 / FINENESS, 0, dst=rows)

    def _blend_boundary(self, coefficients: Coefficients, boundary: Boundary) -> None:
        old = coefficients[boundary.where].astype(np.float32)
        samples = (old * self.steps) @ BASIS
        taken = (boundary.weights * samples) @ BASIS.T * np.float32(self.alpha) / self.steps
        new = np.rint(old - taken + self.added[boundary.where] / np.float32(FINENESS))
        coefficients[boundary.where] = np.clip(new, LOWEST, HIGHEST).astype(np.int16)


def _weight(found: tuple[Share, ...]) -> int:
    return sum(share.added.nbytes for share in found)


@remember(CACHE_BYTES, _weight)
def shares(mark: Mark, alpha: float, frame: Frame) -> tuple[Share, ...]:
    """What the mark does to each component of `frame`.

    Raises:
        MarkError: the mark can't be rendered at this size.
    """
    components = frame.components
    marks = spectra(mark, frame.height, frame.width, tuple(c.grid for c in components))
    return tuple(
        _quantise(spectrum, alpha, component)
        for spectrum, component in zip(marks, components, strict=True)
    )


def _quantise(spectrum: Spectrum, alpha: float, component: Component) -> Share:
    steps = np.array(component.steps, np.float32)
    added = np.empty_like(spectrum.blocks)
    for top in range(0, len(added), STRIP):
        rows = slice(top, top + STRIP)
        added[rows] = np.rint(spectrum.blocks[rows] * (np.float32(alpha) / steps))
    return Share(alpha, steps, added, spectrum.inside, spectrum.boundary)
