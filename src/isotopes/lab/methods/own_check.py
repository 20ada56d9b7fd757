"""The usual check of one's own pictures, of any model that answers: the label isn't given.

As `isotopes check` does it (`verify/methods/two_stage.py`), of arrays and without a vault.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.lab.models.answers import Predict
from isotopes.lab.models.mark_spec import MarkSpec
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.exact.two_stage import TwoStagePlan
from isotopes.stats.scores.statistic import probability
from isotopes.stats.scores.weighted import weighted_log_odds

LEVEL = 0.01
STAGES = TwoStagePlan(first=9, decoys=99, go_on=0.2, level=LEVEL)
PICTURES = 6  # of one's own that are asked about


def own_check_pvalue(
    predict: Predict,
    pixels: NDArray[np.uint8],
    marks: Sequence[MarkSpec],
    alpha: float,
    rng: np.random.Generator,
    *,
    disguise: bytes | None = None,
) -> float:
    """Is the first mark one that the model learned? The exact test in two stages.

    Args:
        pixels: the person's originals, uint8, shape (n, height, width, 3).
        marks: the mark and its decoys, `STAGES.decoys` of them.
        rng: draws the order of the queries.
        disguise: the seed that each query's change of the picture is drawn from; None for none.
    """
    answers: list[NDArray[np.float64]] = []

    def pvalue_of(draws: int) -> float:
        others = range(sum(map(len, answers)), draws)
        answers.append(_ask(predict, _marked(pixels, marks, others, alpha, disguise), rng))
        return weighed_pvalue(np.concatenate(answers))

    return STAGES.walk(pvalue_of)[0]


def weighed_pvalue(answers: NDArray[np.float64]) -> float:
    """The rank of the first draw among the others; labels count by how often the model gives them.

    Args:
        answers: probabilities, shape (draws, pictures, labels); NaN for labels that aren't shown.
    """
    scores = weighted_log_odds(probability(answers))
    return rank_test(scores[0], scores[1:], level=1).pvalue


def _marked(
    pixels: NDArray[np.uint8],
    marks: Sequence[MarkSpec],
    wanted: Sequence[int],
    alpha: float,
    disguise: bytes | None,
) -> NDArray[np.uint8]:
    """The queries of some marks, shape (marks, pictures, height, width, 3)."""
    queries = []
    for index in wanted:
        shown = pixels
        if disguise is not None:
            # Here: a bare GPU machine lacks what this package needs.
            from isotopes.verify.asking.disguise import disguised

            each = enumerate(pixels)
            shown = np.stack([disguised(one, disguise, index, place) for place, one in each])
        # As tensors: that is how training pictures were marked.
        queries.append(blend(torch.from_numpy(shown), marks[index].make(), alpha).numpy())
    return np.stack(queries)


def _ask(
    predict: Predict, queries: NDArray[np.uint8], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Shape (marks, pictures, labels): asked picture by picture, the marks in a random order."""
    marks, pictures = queries.shape[:2]
    order = [(mark, place) for place in range(pictures) for mark in rng.permutation(marks)]
    rows, columns = np.array(order).T
    found = predict(queries[rows, columns])
    answers = np.empty((marks, pictures, found.shape[1]))
    answers[rows, columns] = found
    return answers
