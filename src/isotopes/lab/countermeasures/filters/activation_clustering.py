"""Activation Clustering: the smaller of two clusters of each label's features."""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Filter
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.train.training import Model

COMPONENTS = 10  # of the independent component analysis, as in the article


class ActivationClustering(Filter):
    name: ClassVar[str] = "activation_clustering"
    summary: ClassVar[str] = "drop the smaller of two clusters of each label's features"
    source: ClassVar[str] = "section 8.2; Chen et al. (2018)"
    parameter: ClassVar[str] = "largest fraction of a label's pictures that is taken for a cluster"
    strengths: ClassVar[tuple[float, ...]] = (0.35, 0.5)

    def keep(self, pictures: Pictures, model: Model, seed: int) -> NDArray[np.bool_]:
        features = FeaturesOf(model).of(pictures.pixels)
        kept = np.ones(len(pictures), bool)
        for label in np.unique(pictures.labels):
            mine = np.flatnonzero(pictures.labels == label)
            smaller = smaller_cluster(features[mine], seed)
            # Two halves are no clusters: the article tests the sizes too.
            kept[mine] = ~smaller | (smaller.mean() > self.strength)
        return kept


def smaller_cluster(features: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
    """Which pictures of a label lie in the smaller of two clusters.

    Args:
        features: shape (pictures, features).

    Returns:
        Shape (pictures,).
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import FastICA

    components = min(COMPONENTS, *features.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it did not converge, and the result is still good enough
        reduced = FastICA(components, random_state=seed, max_iter=500).fit_transform(features)
    cluster = KMeans(2, n_init=10, random_state=seed).fit_predict(reduced)
    smaller: NDArray[np.bool_] = cluster == np.bincount(cluster, minlength=2).argmin()
    return smaller
