"""Which queries does a service take for an earlier one, and with whose answer does it answer them?

By their fingerprints, as `query_detector`, or by a network's features, which crops and light change
less. A whole sequence of queries is judged at once, so one asking serves for many bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.answers.query_detector import SIDE, fingerprints
from isotopes.lab.methods.features import classifier_of
from isotopes.lab.train.training import Model

Compared = Literal["nothing", "fingerprints", "features"]


class QuerySequence:
    """The queries of one account, in the order of asking, as a service sees them.

    Attributes:
        answers: the model's own, shape (n, labels).
    """

    def __init__(self, model: Model, pixels: NDArray[np.uint8]) -> None:
        """Take pictures, uint8, shape (n, height, width, 3), that are asked of `model`."""
        # Here: importing SciPy takes longer than the rest of the lab's start.
        from scipy.spatial.distance import cdist

        prints = fingerprints(pixels)
        self.answers, features = _answers_and_features(model, pixels)
        features /= np.linalg.norm(features, axis=1, keepdims=True).clip(1e-12)
        self._closeness: dict[Compared, NDArray[np.float64]] = {
            "fingerprints": -cdist(prints, prints, "cityblock") / SIDE**2,
            "features": features @ features.T,
        }
        self._count = len(pixels)

    def closest_earlier(self, compared: Compared) -> NDArray[np.float64]:
        """How close each query's closest earlier one is, shape (n - 1,): the first has none."""
        earlier = np.tri(self._count, k=-1, dtype=np.bool_)
        closest: NDArray[np.float64] = np.where(earlier, self._closeness[compared], -np.inf).max(1)
        return closest[1:]

    def answered_as(self, watch: QueryWatch) -> NDArray[np.intp]:
        """The query whose answer each one gets, shape (n,): itself, if nothing earlier is alike.

        Only queries that were answered afresh are compared with, and the closest one counts.
        """
        given = np.arange(self._count)
        if watch.compared == "nothing":
            return given
        closeness, least = self._closeness[watch.compared], watch.least
        fresh = np.zeros(self._count, np.bool_)
        fresh[0] = True
        fresh[1:] = self.closest_earlier(watch.compared) < least
        for query in np.flatnonzero(~fresh):  # alike to an earlier one, but was that one fresh?
            earlier = np.flatnonzero(fresh[:query])
            closest = earlier[closeness[query, earlier].argmax()]
            if closeness[query, closest] >= least:
                given[query] = closest
            else:
                fresh[query] = True
        return given


@dataclass(frozen=True)
class QueryWatch:
    """How a service compares queries.

    Attributes:
        compared: what of them.
        bound: of fingerprints the largest mean difference that counts as alike, in levels of 255;
            of features the least cosine. Of nothing it is 0.
    """

    compared: Compared
    bound: float = 0

    def __str__(self) -> str:
        return self.compared if self.compared == "nothing" else f"{self.compared}, {self.bound:g}"

    @property
    def least(self) -> float:
        """The closeness that counts as alike."""
        return -self.bound if self.compared == "fingerprints" else self.bound


def caught(given: NDArray[np.intp]) -> float:
    """The fraction of queries that were answered as an earlier one."""
    return float((given != np.arange(len(given))).mean())


def _answers_and_features(
    model: Model, pixels: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """What `predict` answers, and the input of the last layer, shape (n, features), in one pass."""
    seen: list[NDArray[np.float32]] = []
    hook = classifier_of(model.network).register_forward_pre_hook(
        lambda _, given: seen.append(given[0].float().cpu().numpy())
    )
    try:
        answers = model.predict(pixels)
    finally:
        hook.remove()
    return answers, np.concatenate(seen).astype(np.float64)
