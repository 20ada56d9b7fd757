"""What an encoder's answers say of a draw: three scores without labels, all draws alike.

For draw t, pictures x of the owner that are also published as x + t, and probes z of other people:

    steady   mean over x of <e(x + t), e(view of x + t)>: an encoder keeps the pictures that it
             learned from together with their own crops and mirror images (Huang et al. 2024)
    towards  the mark moves a probe the way that it moves the owner's pictures
    together it moves all probes one way

The last two are those of `isotopes check` (`stats/scores/embeddings.py`). There the mean over all
draws stands in for the owner's unmarked pictures, which are never sent; here these are embedded.

Nothing here depends on which draw is the true one, so a rank among decoys is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.marks import Mark, Rendered
from isotopes.stats.scores.embeddings import PARTS, shift_scores

SCORES = ("steady", *PARTS)
MARGIN = 8  # of a view, as a part of the side: it shows the picture without its edges
DECIMALS = 9  # of a score: in whichever order a BLAS adds up, equal draws have equal scores

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


def draw_scores(
    embed: Embed,
    own: NDArray[np.uint8],
    probes: NDArray[np.uint8],
    draws: Iterable[Mark | Rendered],
    alpha: float,
) -> NDArray[np.float64]:
    """The three scores of each draw, shape (draws, 3), in the order of `SCORES`.

    Args:
        embed: pictures (n, side, side, 3) to embeddings of length 1, shape (n, numbers).
        own: the owner's unmarked pictures.
        probes: other people's pictures.
        alpha: visibility at which each draw is put into them.
    """
    plain_own, plain_probes = embed(own), embed(probes)
    found = []
    for draw in draws:
        published, marked = blend(own, draw, alpha), blend(probes, draw, alpha)
        seen = embed(np.concatenate([published, view(published), marked]))
        theirs, again, moved = np.split(seen, [len(own), 2 * len(own)])
        of_own = theirs.mean(axis=0) - plain_own.mean(axis=0)
        shifts = shift_scores(plain_probes, moved[None], of_own[None])
        steady = float((theirs * again).sum(axis=1).mean())
        found.append((steady, *shifts[0].mean(axis=0).tolist()))
    return np.array(found, np.float64).round(DECIMALS)


def view(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each picture without its edges, enlarged again and mirrored."""
    import cv2

    side = pixels.shape[1]
    cut = max(1, side // MARGIN)
    inner = pixels[:, cut : side - cut, cut : side - cut][:, :, ::-1]
    return np.stack(
        [
            cv2.resize(np.ascontiguousarray(one), (side, side), interpolation=cv2.INTER_LINEAR)
            for one in inner
        ]
    ).astype(np.uint8)
