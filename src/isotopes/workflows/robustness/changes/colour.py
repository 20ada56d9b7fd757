"""What colour management does: exported with another profile, and read with it or without."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.targets import Picture

# Linear sRGB to linear Display P3; both have D65 white and the transfer function of sRGB
# (SMPTE EG 432-1, IEC 61966-2-1).
TO_P3 = np.array(
    [[0.8224621, 0.1775380, 0.0], [0.0331941, 0.9668058, 0.0], [0.0170827, 0.0723974, 0.9105199]]
)


def export_p3(picture: Picture) -> Picture:
    """Written with the profile Display P3 in 8 bits, and read with it: only rounding is lost."""
    return _through(_through(picture, TO_P3), np.linalg.inv(TO_P3))


def lose_profile(picture: Picture) -> Picture:
    """Written with Display P3, and read by something that ignores profiles: colours get duller."""
    return _through(picture, TO_P3)


def _through(picture: Picture, matrix: NDArray[np.float64]) -> Picture:
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = np.clip(linear[picture] @ matrix.T, 0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(shown * 255).astype(np.uint8)


CHANGES = {"export in Display P3": export_p3, "Display P3, profile lost": lose_profile}
