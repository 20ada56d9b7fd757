"""From what a network gives out to probabilities, as its owner declares it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from isotopes.errors import AnswerError
from isotopes.targets.local.description import Description


def probabilities(subject: str, raw: NDArray[Any], description: Description) -> NDArray[np.float64]:
    """Raw outputs as probabilities, float64, shape (n, labels).

    Args:
        subject: what messages call the network.
        raw: shape (n, labels), or with axes of length 1 after the labels.

    Raises:
        AnswerError: not one finite score for each label, or not what the description says.
    """
    values = raw.reshape(len(raw), -1).astype(np.float64)
    if values.shape[1] != len(description.labels):
        raise AnswerError(
            f"{subject} gives scores of shape {raw.shape[1:]},"
            f" but its description has {len(description.labels)} labels"
        )
    if not np.isfinite(values).all():
        raise AnswerError(f"{subject} answered with NaN or infinity")
    if description.output == "probabilities":
        return values
    if _look_like_probabilities(values):
        raise AnswerError(
            f"the outputs of {subject} are declared logits, but lie in [0, 1] and sum to 1",
            hint='write kind = "probabilities" into [output] of its description',
        )
    return np.asarray(softmax(values, axis=1), np.float64)


def _look_like_probabilities(values: NDArray[np.float64]) -> bool:
    if values.shape[1] < 2 or values.min() < 0 or values.max() > 1:
        return False
    return bool(np.allclose(values.sum(axis=1), 1, atol=1e-3))
