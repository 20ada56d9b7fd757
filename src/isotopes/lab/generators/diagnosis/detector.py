"""DIAGNOSIS (Wang et al., ICLR 2024): a network that tells warped pictures from others.

Deviation: the article warps a whole training set; here it is one owner's part. The detector learns
from the owner's pictures, warped and as they were.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, train

ACCUSED = 0.75  # the article accuses a model if more than this share of its pictures looks warped
ASKED = 50  # pictures of a model, in the article
# Not mirrored: the warp has a direction.
RECIPE = Recipe(epochs=40, batch=64, learning_rate=0.1, warmup=4, smoothing=0.1, shift=1)
WARPED = 1


def warp_detector(originals: NDArray[np.uint8], warped: NDArray[np.uint8], seed: int) -> Model:
    """A detector trained on the same pictures with and without the warp."""
    labels = np.repeat(np.array([1 - WARPED, WARPED]), [len(originals), len(warped)])
    shown = Pictures(np.concatenate([originals, warped]), labels, ("plain", "warped"))
    return train("compact", shown, RECIPE, seed, device=best_device())


def looks_warped(detector: Model, pixels: NDArray[np.uint8]) -> float:
    """The fraction of pictures that look warped to it."""
    return float((detector.predict(pixels).argmax(axis=1) == WARPED).mean())
