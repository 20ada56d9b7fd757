"""Outliers: pictures far from their nearest neighbours among the features of their label."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Filter
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.train.training import Model

NEIGHBOURS = 5


class NearestNeighbours(Filter):
    name: ClassVar[str] = "nearest_neighbours"
    summary: ClassVar[str] = "drop the pictures that are farthest from their label's others"
    source: ClassVar[str] = "appendix A.5"
    parameter: ClassVar[str] = "fraction of each label's pictures that is dropped"
    strengths: ClassVar[tuple[float, ...]] = (0.1, 0.3)

    def keep(self, pictures: Pictures, model: Model, seed: int) -> NDArray[np.bool_]:
        del seed
        features = FeaturesOf(model).of(pictures.pixels)
        kept = np.ones(len(pictures), bool)
        for label in np.unique(pictures.labels):
            mine = np.flatnonzero(pictures.labels == label)
            scores = neighbour_distances(features[mine])
            kept[mine] = scores <= np.quantile(scores, 1 - self.strength)
        return kept


def neighbour_distances(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean Euclidean distance of each row to its five nearest others, shape (rows,)."""
    from scipy.spatial.distance import cdist

    distances = np.sort(cdist(features, features), axis=1)[:, 1 : NEIGHBOURS + 1]
    means: NDArray[np.float64] = distances.mean(axis=1)
    return means
