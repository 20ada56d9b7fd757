"""How a draw moves an encoder's embeddings: scores without labels, all draws alike.

For draw t and other people's pictures z, with e(z) of length 1:

    shift     e(z + t) - e(z)
    towards   mean over z of <shift, c(t)>, with c(t) what t does to the owner's pictures: the draw
              moves a probe the way that it moves the pictures that were published with the mark
    together  |mean over z of shift / |shift||: it moves all probes one way

An encoder that learned from marked pictures has directions for the mark, as it has for anything
else that it learned to tell. To one that never saw it the mark is a draw like its decoys. Nothing
here depends on which draw is the true one: to reorder the draws reorders the scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PARTS = ("towards", "together")
LEAST = 1e-12  # of a shift: a shorter one has no direction

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


def shift_scores(plain: Embeddings, marked: Embeddings, moved: Embeddings | None) -> Embeddings:
    """What each probe adds to each score: the score of a draw is the mean over the probes.

    Args:
        plain: of the probes without a mark, shape (probes, numbers).
        marked: of the probes with each draw, shape (draws, probes, numbers).
        moved: what each draw does to the owner's pictures (`own_shifts`), shape (draws, numbers);
            None if there are none.

    Returns:
        Shape (draws, probes, parts), in the order of `PARTS`; only `together` without `moved`.
    """
    shifts = marked - plain
    parts = [] if moved is None else [_along(shifts, moved)]
    lengths = np.linalg.norm(shifts, axis=-1, keepdims=True)
    ways = shifts / np.maximum(lengths, LEAST)
    common = ways.mean(axis=1)
    common /= np.maximum(np.linalg.norm(common, axis=-1, keepdims=True), LEAST)
    return np.stack([*parts, _along(ways, common)], axis=-1)


def own_shifts(published: Embeddings) -> Embeddings:
    """What each draw does to the owner's pictures, against the mean over all draws.

    The pictures themselves aren't needed: an original is never sent without a mark. The mean is
    taken in an order of its own, so that to reorder the draws changes no bit.

    Args:
        published: of the owner's pictures with each draw, shape (draws, pictures, numbers).

    Returns:
        Shape (draws, numbers).
    """
    means = published.mean(axis=1)
    return np.asarray(means - np.sort(means, axis=0).mean(axis=0))


def steadiness(published: Embeddings, views: Embeddings) -> Embeddings:
    """How near each of the owner's pictures with a draw is to another view of the same.

    An encoder keeps the pictures that it learned from together with their own crops and mirror
    images, more than others (Liu, Jia, Qu and Gong: EncoderMI, CCS 2021). It learned from them with
    the mark, so they are nearer with the mark than with a decoy.

    Args:
        published, views: of both, of length 1, shape (draws, pictures, numbers).

    Returns:
        Shape (draws, pictures).
    """
    return np.asarray((published * views).sum(axis=-1))


def _along(vectors: Embeddings, directions: Embeddings) -> Embeddings:
    """How far each vector goes along its draw's direction, shape (draws, probes).

    The sums are taken in one order for all draws (no BLAS), so that equal draws tie exactly.
    """
    return np.asarray((vectors * directions[:, None]).sum(axis=-1))
