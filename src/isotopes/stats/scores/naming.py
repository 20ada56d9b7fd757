"""What does a model call these pictures? The paper's "preparing for V" (section 4.3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.statistic import Values

CLEAR = 1 / 2  # of the pictures: one label that the model gives to so many is what they are called
CANDIDATE = 1 / 5  # of the pictures: a label that the model gives to so many is worth testing
MOST = 3  # candidates


def name_labels(answers: Values) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which labels does the model give to these pictures?

    A candidate is the best label of at least a fifth of the pictures; there are at most three, and
    at least the most frequent one. The answer is clear where that one is the best label of at least
    half of the pictures.

    The rule looks at one set of answers at a time, so it may be used on the answers to unmarked
    pictures, which know nothing of the key, or on the answers with each draw alike. Either way it
    costs no exactness.

    Args:
        answers: probabilities, shape (..., pictures, labels); NaN where a label was not returned.

    Returns:
        candidates: bool, shape (..., labels).
        clear: bool, shape (...).
    """
    pictures, labels = answers.shape[-2:]
    shown = np.nan_to_num(answers, nan=-1.0)
    best = shown.argmax(axis=-1)
    answered = shown.max(axis=-1, initial=-1.0) >= 0
    counts = ((best[..., None] == np.arange(labels)) & answered[..., None]).sum(axis=-2)
    # Of labels that are given equally often the more probable one goes first.
    weight = counts + np.clip(shown, 0, 1).mean(axis=-2) / 2
    order = np.argsort(-weight, axis=-1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.broadcast_to(np.arange(labels), order.shape), axis=-1)
    frequent = (counts >= CANDIDATE * pictures) & (counts > 0) & (places < MOST)
    candidates: NDArray[np.bool_] = frequent | (places == 0)
    clear: NDArray[np.bool_] = counts.max(axis=-1, initial=0) >= max(CLEAR * pictures, 1)
    return candidates, clear
