"""Isotopes as outliers among the features of a network that was trained on other pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.filters.nearest_neighbours import neighbour_distances
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.models.isotope_subset import IsotopeSubset, insert_subsets
from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.lab.models.marked_model import MarkedModel, marked_model
from isotopes.lab.tasks import chosen_labels, training_pictures
from isotopes.lab.tasks.task import Scale
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import SEEDS, Row

TASK, FAMILY = "cifar100", "imagenet_blend"
MOST_LABELS = 8  # that are marked, one after the other
RATES = (0.05, 0.1, 0.25, 0.5)  # of unmarked pictures that are flagged
VERSION = 1  # goes up when the same description measures something different


@dataclass(frozen=True)
class OutlierTrial:
    """A trainer who clusters all pictures by their features and looks for outliers in each cluster.

    Attributes:
        described: the model whose pictures are used, without marks; it is not trained.
        reference: the network whose features are taken, trained on other labels if there are
            some.
        alpha, mark_fraction: of the marks, which are in one label at a time.
        version: of this code.
    """

    described: MarkedModel
    reference: MarkedModel
    alpha: float
    mark_fraction: float
    version: int = VERSION

    def models(self) -> tuple[MarkedModel, ...]:
        return (self.reference,)

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each of up to 8 labels. Columns beside `alpha`, `share` and `seed`:

        auc: area under the ROC curve of a picture's mean distance to its five nearest neighbours in
        its cluster, k-means with as many clusters as labels; isotopes are to be found. auc_label:
        the same where the trainer looks among the label's own pictures instead. tpr_5, tpr_10,
        tpr_25, tpr_50: the fraction of isotopes flagged, in clusters, at that percentage of
        unmarked pictures flagged.
        """
        setting, seed = self.described.setting, self.described.seed
        pictures = training_pictures(TASK, setting, seed)
        features = FeaturesOf(models[0])
        plain = features.of(pictures.pixels)
        key = key_of("outliers", TASK, seed)
        rows = []
        for index, label in enumerate(self._labels()):
            subset = IsotopeSubset(
                label, drawn(FAMILY, key, index).make(), self.alpha, self.mark_fraction
            )
            rng = np.random.default_rng([seed, 1, label])
            inserted, (chosen,) = insert_subsets(pictures, [subset], rng)
            mixed = plain.copy()
            mixed[chosen] = features.of(inserted.pixels[chosen])
            marked = np.isin(np.arange(len(pictures)), chosen)
            rows.append(
                {
                    "alpha": self.alpha,
                    "share": self.mark_fraction,
                    "seed": seed,
                    "label": label,
                    **_found(mixed, marked, pictures, label, seed),
                }
            )
        return rows

    def _labels(self) -> list[int]:
        """Labels that the reference doesn't know; all labels if it knows every one."""
        mine, known = (
            chosen_labels(one.task, one.setting, one.seed)
            for one in (self.described, self.reference)
        )
        same_task = self.described.task == self.reference.task
        fresh = [index for index, one in enumerate(mine) if not (same_task and one in known)]
        return (fresh or list(range(len(mine))))[:MOST_LABELS]


def roc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Row:
    """Area under the ROC curve and the TPR at some FPR, larger scores being flagged first.

    Args:
        scores, positive: shape (pictures,).
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    fpr, tpr, _ = roc_curve(positive, scores, drop_intermediate=False)
    at = {f"tpr_{round(100 * rate)}": float(tpr[fpr <= rate].max()) for rate in RATES}
    return {"auc": float(roc_auc_score(positive, scores)), **at}


def outlier_trials(
    scale: Scale, alphas: Sequence[float], fractions: Sequence[float]
) -> Iterator[OutlierTrial]:
    """All conditions with all seeds.

    The reference is the innocent network of the next seed at desk scale, which most of the labels
    are new to, and a network of ImageNet at paper scale, as in the paper.
    """
    for seed in range(SEEDS[scale]):
        described = marked_model(TASK, scale, seed)
        if scale == "desk":
            reference = marked_model(TASK, scale, (seed + 1) % SEEDS[scale])
        else:
            reference = marked_model("imagenet", scale, seed)
        for alpha in alphas:
            for fraction in fractions:
                yield OutlierTrial(described, reference, alpha, fraction)


def _found(
    features: NDArray[np.float64],
    marked: NDArray[np.bool_],
    pictures: Pictures,
    label: int,
    seed: int,
) -> Row:
    from sklearn.cluster import KMeans

    clusters = KMeans(len(pictures.names), n_init=1, random_state=seed).fit_predict(features)
    mine = pictures.labels == label
    scores = _distances(features, clusters)
    alone = _distances(features[mine], np.zeros(int(mine.sum()), np.int64))
    return {**roc(scores, marked), "auc_label": roc(alone, marked[mine])["auc"]}


def _distances(features: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each picture to its neighbours in its group; without a neighbour it is an outlier."""
    scores = np.full(len(features), np.inf)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        if len(members) > 1:
            scores[members] = neighbour_distances(features[members])
    largest = scores[np.isfinite(scores)].max()
    return np.where(np.isfinite(scores), scores, largest + 1)
