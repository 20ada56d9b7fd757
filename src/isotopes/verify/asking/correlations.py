"""How pictures correlate with a mark and its decoys: a matched filter, which costs no query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.marks import Mark
from isotopes.targets import Picture
from isotopes.verify.matching.small import SIDE, pattern, small

AS_USUAL = 0.3  # strength: a warp at full strength leaves another trace than a faint one
CARRIED = 8.0  # standard deviations over the decoys: one picture alone carries the mark


def matched_filters(draws: Sequence[Mark]) -> NDArray[np.float64]:
    """The matched filter of each draw, shape (draws, values); the mark comes first.

    Raises:
        MarkError: a mark without a pattern; `correlate_changes` takes those.
    """
    return _of_one_length(_whitened(np.stack([pattern(draw) for draw in draws])))


def correlations(
    pictures: Sequence[Picture], filters: NDArray[np.float64], less: Sequence[Picture] = ()
) -> NDArray[np.float64]:
    """The correlation of each picture with each draw, shape (pictures, draws).

    Args:
        pictures: uint8, each (height, width, 3), of any sizes.
        filters: `matched_filters` of the draws.
        less: pictures to subtract, one for each of `pictures`, to measure only a change.
    """
    seen = np.stack([small(picture) / 255 for picture in pictures])
    if less:
        seen -= np.stack([small(picture) / 255 for picture in less])
    found: NDArray[np.float64] = _whitened(seen) @ filters.T
    return found


def correlate_changes(
    pictures: Sequence[Picture], draws: Sequence[Mark], less: Sequence[Picture]
) -> NDArray[np.float64]:
    """How what was done to pictures correlates with each draw, with a pattern or without one.

    A mark without a pattern has no filter of its own: what was done to a picture is compared with
    what each draw would do to it.

    Args:
        less: the pictures before, one for each of `pictures`.

    Returns:
        Shape (pictures, draws).
    """
    if all(draw.has_pattern for draw in draws):
        return correlations(pictures, matched_filters(draws), less)
    rows = []
    for picture, before in zip(pictures, less, strict=True):
        base = (small(before) / 255).astype(np.float32)
        done = np.stack([blend(base, draw, AS_USUAL) - base for draw in draws])
        rows.append(correlations([picture], _of_one_length(_whitened(done)), [before]))
    return np.concatenate(rows)


def carrying(marks: NDArray[np.float64], decoys: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which single pictures carry which mark, shape (pictures, marks).

    Args:
        marks, decoys: `correlations` of the same pictures with each.

    A picture carries a mark that correlates with it more than any decoy, and more strongly than
    chance allows. A faint mark is found only over many pictures together (`independence_test`).
    """
    if decoys.shape[1] < 2:  # noqa: PLR2004 - a spread needs two
        return np.zeros(marks.shape, np.bool_)
    deviation = np.maximum(decoys.std(axis=1, keepdims=True), 1e-12)
    deviations = (marks - decoys.mean(axis=1, keepdims=True)) / deviation
    return np.asarray((marks > decoys.max(axis=1, keepdims=True)) & (deviations > CARRIED))


def _of_one_length(patterns: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.maximum(np.linalg.norm(patterns, axis=1), 1e-12)
    return np.asarray(patterns / lengths[:, None])


def _whitened(pictures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each as a vector, its frequencies weighted by themselves; shape (n, 3 * SIDE * SIDE).

    In photographs the amplitude falls about as 1 / frequency. With this weighting all frequencies
    count equally, and the picture's content hides less of a mark.
    """
    down, across = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)
    weight = np.hypot(down, across)[..., None]
    spectra = np.fft.rfft2(pictures, axes=(1, 2)) * weight
    white = np.fft.irfft2(spectra, s=(SIDE, SIDE), axes=(1, 2))
    return white.reshape(len(white), -1)
