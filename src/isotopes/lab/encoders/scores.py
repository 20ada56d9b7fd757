"""What an encoder's answers say of a draw: two scores without labels, all draws alike.

For draw t, pictures x of the owner that are also published as x + t, and probes z of other people:

    steady   mean over x of <e(x + t), e(another view of x + t)>: an encoder keeps the pictures that
             it learned from together with their own crops and mirror images
    together the mark moves all probes one way

They are those of `isotopes check`, of draws that come one by one.

Nothing here depends on which draw is the true one, so a rank among decoys is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.marks import Mark, Rendered
from isotopes.stats.scores.embeddings import steadiness, togetherness
from isotopes.verify.asking.views import another_view

SCORES = ("steady", "together")
DECIMALS = 9  # of a score: in whichever order a BLAS adds up, equal draws have equal scores

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


def draw_scores(
    embed: Embed,
    own: NDArray[np.uint8],
    probes: NDArray[np.uint8],
    draws: Iterable[Mark | Rendered],
    alpha: float,
) -> NDArray[np.float64]:
    """The scores of each draw, shape (draws, 2), in the order of `SCORES`.

    Args:
        embed: pictures (n, side, side, 3) to embeddings of length 1, shape (n, numbers).
        own: the owner's unmarked pictures.
        probes: other people's pictures.
        alpha: visibility at which each draw is put into them.
    """
    plain = embed(probes)
    found = []
    for draw in draws:
        published, marked = blend(own, draw, alpha), blend(probes, draw, alpha)
        views = np.stack([another_view(picture) for picture in published])
        seen = embed(np.concatenate([published, views, marked]))
        theirs, again, moved = np.split(seen, [len(own), 2 * len(own)])
        parts = steadiness(theirs, again), togetherness(plain, moved[None])
        found.append([float(part.mean()) for part in parts])
    return np.array(found, np.float64).round(DECIMALS)
