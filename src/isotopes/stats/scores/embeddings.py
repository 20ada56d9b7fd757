"""What an encoder's embeddings say of a draw: scores without labels, all draws alike.

For draw t, the owner's pictures x that were published with the mark, and other people's z, with
e(z) of length 1:

    steady    mean over x of <e(x + t), e(another view of x + t)>: an encoder keeps the pictures
              that it learned from together with their own crops and mirror images
    together  |mean over z of shift / |shift||, with shift = e(z + t) - e(z): an encoder that
              learned a mark has directions for it, so that it moves all probes one way

To an encoder that never saw the mark it is a draw like its decoys. Nothing here depends on which
draw is the true one: to reorder the draws reorders the scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-12  # of a shift: a shorter one has no direction
DECIMALS = 9  # of a cosine: one probe alone goes its own way, and that must be 1 for all draws

Embeddings = NDArray[np.float64]


def as_fractions(embeddings: Embeddings) -> Embeddings:
    """Embeddings of length 1 as numbers in [0, 1], any shape.

    Journal, budget, canary and saved answers treat these as they treat probabilities.
    """
    return np.asarray(np.clip((1 + embeddings) / 2, 0, 1), np.float64)


def embeddings_in(fractions: Embeddings) -> Embeddings:
    """What `as_fractions` turned into these, but for rounding.

    >>> embeddings_in(as_fractions(np.array([0.6, -0.8]))).round(9).tolist()
    [0.6, -0.8]
    """
    return 2 * fractions - 1


def steadiness(published: Embeddings, views: Embeddings) -> Embeddings:
    """How near each of the owner's pictures with a draw is to another view of the same.

    An encoder keeps the pictures that it learned from together with their own crops and mirror
    images, more than others (Liu, Jia, Qu and Gong: EncoderMI, CCS 2021). It learned from them with
    the mark, so they are nearer with the mark than with a decoy.

    Args:
        published, views: of both, of length 1, shape (draws, pictures, numbers).

    Returns:
        Cosines, shape (draws, pictures): the score of a draw is their mean.
    """
    return _cosines(published, views)


def togetherness(plain: Embeddings, marked: Embeddings) -> Embeddings:
    """How far each probe goes the way that all probes go with a draw.

    Args:
        plain: of the probes without a mark, shape (probes, numbers).
        marked: of the probes with each draw, shape (draws, probes, numbers).

    Returns:
        Cosines, shape (draws, probes): the score of a draw is their mean. The sums are taken in one
        order for all draws (no BLAS), so that equal draws tie exactly.
    """
    shifts = marked - plain
    lengths = np.linalg.norm(shifts, axis=-1, keepdims=True)
    ways = shifts / np.maximum(lengths, LEAST)
    common = ways.sum(axis=1)
    common /= np.maximum(np.linalg.norm(common, axis=-1, keepdims=True), LEAST)
    return _cosines(ways, common[:, None])


def _cosines(one: Embeddings, other: Embeddings) -> Embeddings:
    return np.asarray((one * other).sum(axis=-1).round(DECIMALS))
