"""The usual check of one's own pictures, of any model that answers: the label isn't given.

As `isotopes check` does it (`verify/methods/two_stage.py`), of arrays and without a vault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

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

# From a picture, the number of a draw (0 is the mark) and the picture's place: what that query
# puts the draw into.
Shown = Callable[[NDArray[np.uint8], int, int], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class StageQueries:
    """The queries of one stage, in the order in which they are asked.

    Attributes:
        pixels: uint8, shape (queries, height, width, 3).
        draws: which of the stage's draws each shows, the first is 0; shape (queries,).
        places: which picture each shows, shape (queries,).
    """

    pixels: NDArray[np.uint8]
    draws: NDArray[np.intp]
    places: NDArray[np.intp]

    def arranged(self, answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Answers in the order of asking as an array of shape (draws, pictures, labels)."""
        shape = (self.draws.max() + 1, self.places.max() + 1, answers.shape[1])
        found = np.empty(shape)
        found[self.draws, self.places] = answers
        return found


def own_check_pvalue(
    predict: Predict,
    pixels: NDArray[np.uint8],
    marks: Sequence[MarkSpec],
    alpha: float,
    rng: np.random.Generator,
) -> float:
    """Is the first mark one that the model learned? The exact test in two stages.

    Args:
        pixels: the person's originals, uint8, shape (n, height, width, 3).
        marks: the mark and its decoys, `STAGES.decoys` of them.
        rng: draws the order of the queries.
    """
    return staged_pvalue(predict, own_queries(pixels, marks, alpha, rng))


def own_queries(
    pixels: NDArray[np.uint8],
    marks: Sequence[MarkSpec],
    alpha: float,
    rng: np.random.Generator,
    shown: Shown | None = None,
) -> Iterator[StageQueries]:
    """The queries of the first stage, then those of the second.

    Args:
        shown: changes the picture of each query; None shows it as it is.
    """
    few = 1 + STAGES.first
    for wanted in (range(few), range(few, len(marks))):
        queries = _marked(pixels, marks, wanted, alpha, shown)
        order = [
            (draw, place)
            for place in range(len(pixels))  # picture by picture, the draws in a random order
            for draw in rng.permutation(len(wanted))
        ]
        draws, places = np.array(order).T
        yield StageQueries(queries[draws, places], draws, places)


def staged_pvalue(predict: Predict, stages: Iterable[StageQueries]) -> float:
    """The p-value of the queries of two stages; the second is asked only if the test goes on."""
    answers: list[NDArray[np.float64]] = []
    following = iter(stages)

    def pvalue_of(draws: int) -> float:
        del draws
        stage = next(following)
        answers.append(stage.arranged(predict(stage.pixels)))
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
    shown: Shown | None,
) -> NDArray[np.uint8]:
    """The queries of some marks, shape (marks, pictures, height, width, 3)."""
    queries = []
    for index in wanted:
        changed = pixels
        if shown is not None:
            changed = np.stack([shown(one, index, place) for place, one in enumerate(pixels)])
        # As tensors: that is how training pictures were marked.
        queries.append(blend(torch.from_numpy(changed), marks[index].make(), alpha).numpy())
    return np.stack(queries)
