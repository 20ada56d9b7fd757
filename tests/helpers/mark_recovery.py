"""What an attacker learns of a mark from a second picture that shows the same scene.

A marked picture is ``M = (1 - alpha) * A + alpha * T``. Whoever has a picture B that is nearly the
original A computes ``(M - (1 - alpha) * B) / alpha``, which is nearly the mark T.

The marked picture alone correlates with the mark (it is alpha of it), so plain correlation proves
nothing. What B adds is the correlation of the estimate and the mark with M taken out of both (a
partial correlation): 1 where B is the original, about 0 where B shows something else or is M again.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LIMIT = 0.2
Plane = NDArray[np.float64]


def recovered(
    marked: NDArray[np.uint8], other: NDArray[np.uint8], mark: NDArray[np.uint8], alpha: float
) -> float:
    """How much of the mark `other` gives away: the partial correlation, at least 0.

    Args:
        marked, other: RGB as shown; `other` is stretched over `marked` in all eight positions,
            and the best counts.
        mark: as rendered for `marked`.
        alpha: its visibility.
    """
    size = marked.shape[1], marked.shape[0]
    # What the attacker can do with the marked picture alone, mirroring it for instance.
    alone = np.stack([_luma(position) for position in _positions(marked, size)], axis=1)
    given = np.linalg.qr(alone)[0]
    wanted = _without(_luma(mark), given)
    best = 0.0
    for guess in _positions(other, size):
        estimate = (_luma(marked) - (1 - alpha) * _luma(guess)) / alpha
        rest = _without(estimate, given)
        if np.linalg.norm(rest) > 0.02 * np.linalg.norm(estimate):  # else nothing but rounding
            product = rest @ wanted / np.linalg.norm(rest) / np.linalg.norm(wanted)
            best = max(best, float(product))
    return best


def _positions(picture: NDArray[np.uint8], size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    return [
        cv2.resize(
            np.ascontiguousarray(plain[::down, ::across]), size, interpolation=cv2.INTER_AREA
        )
        for plain in (picture, picture.swapaxes(0, 1))
        for down in (1, -1)
        for across in (1, -1)
    ]


def _luma(picture: NDArray[np.uint8]) -> Plane:
    luma = picture.astype(float) @ np.array([0.299, 0.587, 0.114])
    return (luma - luma.mean()).ravel()


def _without(plane: Plane, given: Plane) -> Plane:
    return plane - given @ (given.T @ plane)
