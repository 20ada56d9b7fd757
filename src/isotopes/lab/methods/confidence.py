"""How confident a model is of pictures' labels: the input to membership inference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.statistic import EPSILON, log_odds

Predict = Callable[[NDArray[np.uint8]], NDArray[np.floating]]


def cross_entropies(predict: Predict, pixels: NDArray[np.uint8], label: int) -> NDArray[np.float64]:
    """Cross-entropy of each picture, shape (n,)."""
    return -np.log(np.maximum(predict(pixels)[:, label].astype(np.float64), EPSILON))


def mirrored_log_odds(
    predict: Predict, pixels: NDArray[np.uint8], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-odds of each picture's label, the mean of the picture's and its mirror image's.

    Args:
        labels: shape (n,), like the result.
    """
    own = np.arange(len(pixels)), labels
    seen, mirrored = (
        log_odds(predict(views).astype(np.float64))[own] for views in (pixels, pixels[:, :, ::-1])
    )
    mean: NDArray[np.float64] = (seen + mirrored) / 2
    return mean


def modified_entropy(probabilities: NDArray[np.float64], label: int) -> NDArray[np.float64]:
    """Song and Mittal (2021), equation 4: 0 if the label is certain, shape (n,).

    Unlike the entropy it is large where another label is certain.

    Args:
        probabilities: shape (n, labels).
    """
    clipped = np.clip(probabilities, EPSILON, 1 - EPSILON)
    terms = -clipped * np.log1p(-clipped)
    terms[:, label] = -(1 - clipped[:, label]) * np.log(clipped[:, label])
    entropy: NDArray[np.float64] = terms.sum(axis=1)
    return entropy
