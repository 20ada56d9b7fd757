"""The centred log ratio, which was compared with log-odds and lost.

Compositional data are usually analysed by it (Aitchison 1986): a temperature only scales it, and
a constant on all logits changes nothing. But every label has a say in its centre, also those that
the picture has nothing to do with, and their noise hides marks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.scores.statistic import EPSILON, Values, probability


def centred_log_ratio(answers: Values) -> Values:
    """log p(l) less its mean over the labels; a p that is hidden or below 1e-6 counts as 1e-6.

    Args:
        answers: probabilities, shape (..., labels); NaN for labels that aren't shown.
    """
    logs = np.log(np.maximum(probability(answers), EPSILON))
    centred: Values = logs - logs.mean(axis=-1, keepdims=True)
    return centred


def shares_of_best(answers: Values) -> NDArray[np.float64]:
    """Of all answers, how many give each label as the best; shape (labels,), sum 1.

    A temperature doesn't change it, as it changes the weights of `label_weights`. Labels that are
    equally good share an answer.

    Args:
        answers: shape (draws, pictures, labels), some label shown in each.
    """
    shown = probability(answers)
    best = shown == shown.max(axis=-1, keepdims=True)
    each = (best / best.sum(axis=-1, keepdims=True)).mean(axis=1)
    shares: NDArray[np.float64] = np.sort(each, axis=0).mean(axis=0)
    return shares
