"""Near-duplicate removal, as collectors of pictures do: isotopes share a mark, not a scene."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Filter
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.train.training import Model


class NearDuplicates(Filter):
    name: ClassVar[str] = "near_duplicates"
    summary: ClassVar[str] = "keep one of each pair of pictures whose features are most alike"
    source: ClassVar[str] = "deduplication of training sets, such as SemDeDup (Abbas et al. 2023)"
    parameter: ClassVar[str] = "fraction of each label's pictures that is dropped"
    strengths: ClassVar[tuple[float, ...]] = (0.1, 0.3)

    def keep(self, pictures: Pictures, model: Model, seed: int) -> NDArray[np.bool_]:
        del seed
        features = FeaturesOf(model).of(pictures.pixels)
        kept = np.ones(len(pictures), bool)
        for label in np.unique(pictures.labels):
            mine = np.flatnonzero(pictures.labels == label)
            kept[mine] = ~most_alike(features[mine], round(self.strength * len(mine)))
        return kept


def most_alike(features: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """The later ones of the most similar pairs (cosine), `count` of them; shape (pictures,)."""
    units = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    earlier = np.tril(units @ units.T, -1)
    earlier[np.triu_indices(len(features))] = -np.inf
    drop = np.zeros(len(features), bool)
    drop[np.argsort(-earlier.max(axis=1, initial=-np.inf), kind="stable")[:count]] = True
    return drop
