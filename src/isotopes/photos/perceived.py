"""How visible a change is: by measures of what people see, and in plain words."""

from __future__ import annotations

import io
import math
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.photos.similarity import psnr, ssim

# What the authors of SSIMULACRA 2 say of its scores, and PSNR of similar visibility for our
# colours.
WORDS = (
    (90, 38.0, "can't be told from the original side by side"),
    (80, 35.0, "hardly visible"),
    (70, 31.0, "visible to those who look for it"),
    (50, 27.0, "visible"),
)
PLAIN = "plainly visible"
SMALL = 256  # pixels: the longer side at which smooth pale parts are looked for
COLOURED, ROUGH = 48, 3.0  # levels: chroma from here is colour, local deviation from here texture
MUCH = 0.2  # of the picture


@dataclass(frozen=True)
class Measures:
    """How far a changed picture is from the original.

    Attributes:
        psnr: in dB; infinite if nothing changed.
        ssim: of the lumas, at most 1.
        ssimulacra2: 100 for the same picture, 90 can't be told apart, 70 visible; None without the
            extra `visibility`, and for pictures below 8 pixels a side.
        flip: mean FLIP error at 67 pixels a degree, 0 to 1; None without the extra.
    """

    psnr: float
    ssim: float
    ssimulacra2: float | None = None
    flip: float | None = None

    @property
    def in_words(self) -> str:
        """How visible the change is, by SSIMULACRA 2 where it was measured, else by PSNR."""
        for score, noise, words in WORDS:
            if (self.psnr if self.ssimulacra2 is None else self.ssimulacra2) >= (
                noise if self.ssimulacra2 is None else score
            ):
                return words
        return PLAIN

    def to_dict(self) -> dict[str, Any]:
        """As JSON types; PSNR is null if nothing changed."""
        return {**asdict(self), "psnr": self.psnr if math.isfinite(self.psnr) else None}


def perceived_difference(
    before: NDArray[np.uint8], after: NDArray[np.uint8], *, perceptual: bool = True
) -> Measures:
    """Compare two pictures, uint8, shape (height, width, 3).

    Args:
        perceptual: measure SSIMULACRA 2 and FLIP too if they are installed. They take seconds for
            each megapixel.
    """
    if not perceptual:
        return Measures(psnr(before, after), ssim(before, after))
    return Measures(
        psnr(before, after), ssim(before, after), ssimulacra2(before, after), flip(before, after)
    )


def ssimulacra2(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float | None:
    """SSIMULACRA 2 of two pictures; None without its package, or below 8 pixels a side."""
    try:
        from ssimulacra2 import compute_ssimulacra2
    except ImportError:
        return None
    if min(before.shape[:2]) < 8:
        return None
    return float(compute_ssimulacra2(_file(before), _file(after)))


def flip(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float | None:
    """NVIDIA's FLIP (2020), the mean error; None without its package."""
    try:
        import flip_evaluator
    except ImportError:
        return None
    pair = (picture.astype(np.float32) / 255 for picture in (before, after))
    return float(flip_evaluator.evaluate(*pair, "LDR", applyMagma=False)[1])


def shows_bands(picture: NDArray[np.uint8]) -> bool:
    """Whether much of a picture is smooth and pale, so that faint colours show there as bands."""
    scale = min(1.0, SMALL / max(picture.shape[:2]))
    size = tuple(max(1, round(side * scale)) for side in picture.shape[1::-1])
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    chroma = small.max(axis=2) - small.min(axis=2)
    luma = small.mean(axis=2)
    mean = cv2.blur(luma, (7, 7))
    rough = np.sqrt(np.maximum(cv2.blur(luma * luma, (7, 7)) - mean * mean, 0))
    return bool(((chroma < COLOURED) & (rough < ROUGH)).mean() > MUCH)


def _file(picture: NDArray[np.uint8]) -> io.BytesIO:
    """The picture as a file: the package takes nothing else."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "BMP")
    file.seek(0)
    return file
