"""Spectral Signatures: pictures that stand out along the first principal direction of features."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import Filter
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.train.training import Model


class SpectralSignatures(Filter):
    name: ClassVar[str] = "spectral_signatures"
    summary: ClassVar[str] = "drop the pictures of each label that stand out along one direction"
    source: ClassVar[str] = "section 8.2; Tran, Li and Madry (2018)"
    parameter: ClassVar[str] = "fraction of each label's pictures that is dropped"
    strengths: ClassVar[tuple[float, ...]] = (0.05, 0.15)

    def keep(self, pictures: Pictures, model: Model, seed: int) -> NDArray[np.bool_]:
        del seed
        features = FeaturesOf(model).of(pictures.pixels)
        kept = np.ones(len(pictures), bool)
        for label in np.unique(pictures.labels):
            mine = np.flatnonzero(pictures.labels == label)
            scores = spectral_scores(features[mine])
            kept[mine] = scores <= np.quantile(scores, 1 - self.strength)
        return kept


def spectral_scores(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared length along the first right singular vector of the centred features.

    Args:
        features: of one label's pictures, shape (pictures, features).

    Returns:
        Shape (pictures,).
    """
    centred = features - features.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    scores: NDArray[np.float64] = (centred @ directions[0]) ** 2
    return scores
