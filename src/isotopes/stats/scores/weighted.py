"""One score for each mark when no label is named.

Every label counts, by how often the model gives it to the person's own pictures. The weights come
from the answers with all draws alike, so no draw has a say that another has not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.stats.scores.statistic import log_odds

LEAST = 1e-6  # the weight of a label that own pictures are given no more often than others


def label_weights(chances: ArrayLike, elsewhere: ArrayLike | None = None) -> NDArray[np.float64]:
    """How much does each label count? Shape (labels,), not negative, sum 1.

    In proportion to max(1e-6, given - usual): `given` is the label's mean probability on own
    pictures over all draws, `usual` the same on others' pictures or, without these, 1 / labels
    shown. A label that is never shown on own pictures counts nothing, so a label that appears
    later, with other draws, changes nothing about these.

    The means are taken in an order of their own: to reorder the draws changes no bit.

    Args:
        chances: mean probability of each label on own pictures, shape (draws, labels).
        elsewhere: the same on others' pictures; NaN if none counts for a label.

    >>> label_weights([[0.9, 0.1, 0.0], [0.7, 0.3, 0.0]]).round(3).tolist()
    [1.0, 0.0, 0.0]
    """
    given = _mean_over_draws(np.asarray(chances, np.float64))
    shown = given > 0
    usual = np.full(given.shape, 1 / max(int(shown.sum()), 1))
    if elsewhere is not None:
        there = _mean_over_draws(np.asarray(elsewhere, np.float64))
        usual = np.where(np.isnan(there), usual, there)
    weights = np.where(shown, np.maximum(given - usual, LEAST), 0.0)
    if not weights.any():
        weights = np.ones(given.shape)
    normalised: NDArray[np.float64] = weights / weights.sum()
    return normalised


def weigh_labels(values: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """One value for each draw and picture: the sum over labels of weight * value.

    Of probabilities it is how sure the model is of what it calls these pictures, all draws taken
    together: as if these labels were one.

    Args:
        values: shape (draws, pictures, labels).
        weights: of `label_weights`.

    Returns:
        Shape (draws, pictures). The sums are taken in one order for all draws (no BLAS), so that
        equal draws tie exactly.

    >>> weigh_labels([[[0.8, 0.2]], [[0.1, 0.9]]], [0.9, 0.1]).round(2).tolist()
    [[0.74], [0.18]]
    """
    weighed = np.asarray(values, np.float64) * np.asarray(weights, np.float64)
    summed: NDArray[np.float64] = weighed.sum(axis=-1)
    return summed


def weighted_log_odds(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """One score for each draw: the mean over pictures of how sure the model is of its own labels.

    As `isotopes check` ranks draws where no label is named and no others' pictures are asked about.

    Args:
        chances: probabilities (`statistic.probability`), shape (draws, pictures, labels).

    Returns:
        Shape (draws,).
    """
    weights = label_weights(chances.mean(axis=1))
    scores: NDArray[np.float64] = log_odds(weigh_labels(chances, weights)).mean(axis=1)
    return scores


def heaviest_label(chances: ArrayLike, weights: ArrayLike) -> int:
    """The label that adds most to the score of one draw.

    Args:
        chances: that draw's, shape (pictures, labels).
    """
    return int((np.asarray(weights) * np.asarray(chances).mean(axis=0)).argmax())


def _mean_over_draws(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.sort(rows, axis=0).mean(axis=0)
    return mean
