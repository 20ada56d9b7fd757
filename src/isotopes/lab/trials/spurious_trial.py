"""Spurious-feature inspection after Singla and Feizi (2022): which features matter, and to what?

The paper looks at heatmaps by eye. Here it is a number: do the features that matter most to a label
react to the mark? `lab/pages/spurious_sheet.py` draws the heatmaps for whoever wants to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.tasks import training_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row

FEATURES = 5  # of each label, those that matter most (section 8.1)
# Standard deviations of a feature over the label's unmarked pictures: a change that is seen.
NOTICED = 2.0
VERSION = 1  # goes up when the same description measures something different


@dataclass(frozen=True)
class SpuriousTrial:
    """A trainer who inspects which features their network uses.

    Attributes:
        alpha, share: of the marks; columns of the rows.
        model: with isotopes.
        version: of this code.
    """

    alpha: float
    share: float
    model: MarkedModel
    version: int = VERSION

    def models(self) -> tuple[MarkedModel, ...]:
        return (self.model,)

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each isotope. Columns beside `alpha`, `share`, `seed` and `label`:

        reacting: fraction of the label's isotopes of which at least one of the five features that
        matter most moves by more than two standard deviations when the mark is taken out; control:
        the same of the label's unmarked pictures when a decoy is blended in and taken out again;
        excess: how much larger the first is. change: mean movement of those features in standard
        deviations; control_change.
        """
        pictures, chosen = self.model.marked_pictures()
        originals = training_pictures(self.model.task, self.model.setting, self.model.seed)
        features = FeaturesOf(models[0])
        return [
            {
                "alpha": self.alpha,
                "share": self.share,
                "seed": self.model.seed,
                "label": isotope.label,
                **_reactions(features, isotope, pictures, originals, indices),
            }
            for isotope, indices in zip(self.model.isotopes, chosen, strict=True)
        ]


def important_features(
    activations: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The five features that add most to a label: mean activation times the label's weight.

    Args:
        activations: of the label's pictures, shape (pictures, features).
        weights: of the label, shape (features,).
    """
    order: NDArray[np.int64] = np.argsort(activations.mean(axis=0) * weights)[::-1]
    return order[:FEATURES]


def movement(
    before: NDArray[np.float64], after: NDArray[np.float64], deviations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The largest movement of each picture's features, in standard deviations."""
    farthest: NDArray[np.float64] = (np.abs(after - before) / deviations).max(axis=1)
    return farthest


def _reactions(
    features: FeaturesOf,
    isotope: IsotopeSpec,
    pictures: Pictures,
    originals: Pictures,
    chosen: NDArray[np.int64],
) -> Row:
    mine = np.flatnonzero(pictures.labels == isotope.label)
    unmarked = np.setdiff1d(mine, chosen)
    unmarked = unmarked if len(unmarked) > 1 else mine
    weights = features.layer.weight[isotope.label].detach().cpu().numpy().astype(np.float64)
    top = important_features(features.of(pictures.pixels[mine]), weights)
    plain = features.of(pictures.pixels[unmarked])[:, top]
    deviations = np.maximum(plain.std(axis=0), 1e-9)
    decoy = blend(pictures.pixels[unmarked], isotope.mark.decoy(0).make(), isotope.alpha)
    true = movement(
        features.of(pictures.pixels[chosen])[:, top],
        features.of(originals.pixels[chosen])[:, top],
        deviations,
    )
    control = movement(features.of(decoy)[:, top], plain, deviations)
    reacting, usual = float((true > NOTICED).mean()), float((control > NOTICED).mean())
    return {
        "reacting": reacting,
        "control": usual,
        "excess": reacting - usual,
        "change": float(true.mean()),
        "control_change": float(control.mean()),
    }
