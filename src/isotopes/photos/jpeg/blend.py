"""The insertion rule on a JPEG's quantised DCT coefficients.

The rule is affine and the DCT is linear. With q the quantisation steps and T the DCT of the mark,

    C' = round(keep * C + (gain * T + D) / q)

is the changed picture, rounded once; D is what two things add to the mean of a block: the rule's
shift, and the 128 that JPEG subtracts from every luma sample (nothing, for the paper's blend). A
mask works on blocks of 8 x 8 samples: one outside keeps its coefficients, one inside is changed as
above, and one on the mask's boundary is changed sample by sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from isotopes.blending import Insertion
from isotopes.marks import Mark
from isotopes.photos.jpeg.dct import BASIS, CENTRES, FINENESS
from isotopes.photos.jpeg.header import Component, Frame
from isotopes.photos.jpeg.spectrum import STRIP, Boundary, Spectrum, spectra
from isotopes.photos.jpeg.transcode import HIGHEST, LOWEST, Coefficients

CACHE_BYTES = 128 * 2**20  # two 12-megapixel photos with full chroma, or three with halved


@dataclass(frozen=True)
class Share:
    """What a mark put in by one rule does to one component.

    Attributes:
        keep: factor of the old coefficients.
        steps: quantisation steps, float32, shape (64,).
        added: what is added to them, in units of 1/FINENESS, int16, shape (block rows, block
            columns, 64).
        bounded: whether coefficients in range stay in range.
        inside, boundary: the mask, as in Spectrum.
    """

    keep: float
    steps: NDArray[np.float32]
    added: NDArray[np.int16]
    bounded: bool
    inside: NDArray[np.bool_] | None
    boundary: Boundary | None

    def blend_into(self, coefficients: Coefficients) -> None:
        """Change in place; `coefficients` has the shape of `added`."""
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
            cv2.addWeighted(rows, self.keep, share, 1 / FINENESS, 0, dst=rows)
            if not self.bounded:
                np.clip(blocks, LOWEST, HIGHEST, out=blocks)

    def _blend_boundary(self, coefficients: Coefficients, boundary: Boundary) -> None:
        old = coefficients[boundary.where].astype(np.float32)
        samples = (old * self.steps) @ BASIS
        taken = (boundary.weights * samples) @ BASIS.T * np.float32(1 - self.keep) / self.steps
        new = np.rint(old - taken + self.added[boundary.where] / np.float32(FINENESS))
        coefficients[boundary.where] = np.clip(new, LOWEST, HIGHEST).astype(np.int16)


def _weight(found: tuple[Share, ...]) -> int:
    size = sum(share.added.nbytes for share in found)
    return min(size, CACHE_BYTES)  # a larger one is kept too, alone: the next photo may need it


@cached(LRUCache(CACHE_BYTES, _weight), lock=Lock())
def component_shares(mark: Mark, insertion: Insertion, frame: Frame) -> tuple[Share, ...]:
    """What the mark does to each component of `frame`.

    Raises:
        MarkError: the mark can't be rendered at this size.
    """
    components = frame.components
    marks = spectra(mark, frame.height, frame.width, tuple(c.grid for c in components))
    return tuple(
        _quantise(spectrum, insertion, component, centre)
        for spectrum, component, centre in zip(marks, components, CENTRES, strict=False)
    )


def _quantise(spectrum: Spectrum, insertion: Insertion, component: Component, centre: int) -> Share:
    steps = np.array(component.steps, np.float32)
    factor = np.float32(insertion.gain) / steps
    added = np.empty_like(spectrum.blocks)
    for top in range(0, len(added), STRIP):
        rows = slice(top, top + STRIP)
        added[rows] = np.rint(spectrum.blocks[rows] * factor)
    # Samples are centred on c, so `level` is added to keep * x + gain * t:
    # keep * (x + c) + gain * (t + c) + shift - c = keep * x + gain * t + level.
    level = insertion.shift + centre * (insertion.keep + insertion.gain - 1)
    if level and centre:  # red, green and blue get the same, so chroma gets nothing
        _add_level(added, level * FINENESS / steps, spectrum)
    bounded = insertion.keep + insertion.gain <= 1 and not insertion.shift
    return Share(insertion.keep, steps, added, bounded, spectrum.inside, spectrum.boundary)


def _add_level(added: NDArray[np.int16], level: NDArray[np.float32], spectrum: Spectrum) -> None:
    """Add the same to all samples under the mask; `level` is quantised, for each coefficient."""
    whole = np.rint(level * BASIS.sum(axis=1)).astype(np.int16)
    if spectrum.inside is None or spectrum.boundary is None:
        added += whole
        return
    added[spectrum.inside] += whole
    partly = np.rint(spectrum.boundary.weights @ BASIS.T * level).astype(np.int16)
    added[spectrum.boundary.where] += partly
