"""A model that goes on training after it was first published: on unmarked pictures, then perhaps
on pictures that its owner has marked again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder
from isotopes.lab.models.bank import Bank
from isotopes.lab.models.isotope_subset import IsotopeSubset, insert_subsets
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.tasks import spare_pictures
from isotopes.lab.train.training import Model, fit, seeded

LEARNING_RATE = 0.05  # a quarter of the desk recipe's
VERSION = 1  # goes up when the same description gives a different model


@dataclass(frozen=True)
class ContinuedModel:
    """A network, described by everything that goes into it.

    Attributes:
        described: the first training.
        clean: how long it goes on with unmarked pictures of the same labels, in times the epochs
            of the first training.
        uploaded: how long it then goes on with the same pictures, some marked as in `described`.
        version: of this code.
    """

    described: MarkedModel
    clean: float
    uploaded: float = 0.0
    version: int = VERSION

    @property
    def seed(self) -> int:
        """Seed of all choices and of the training."""
        return self.described.seed

    def train(self) -> Model:
        """Train it, on a GPU if there is one; first what it goes on from, unless that exists."""
        described = self.described
        bank = Bank(cache_folder() / "models")
        spare = spare_pictures(described.task, described.setting, described.seed)
        if not self.uploaded:
            model = bank.get(described)
            model.network.to(best_device())
            go_on(model, spare, described, self.clean, described.seed + 1)
            return model
        # The model before the upload is measured too, and mustn't be trained twice.
        model = bank.get(replace(self, uploaded=0.0) if self.clean else described)
        model.network.to(best_device())
        later = later_pictures(spare, described)
        go_on(model, later, described, self.uploaded, described.seed + 2)
        return model


def go_on(
    model: Model, pictures: Pictures, described: MarkedModel, times: float, seed: int
) -> None:
    """Train a model further, in place, at a low rate that falls to 0.

    Args:
        times: of the epochs of the first training; at least one epoch.
    """
    usual = described.setting.recipe
    recipe = replace(
        usual,
        epochs=max(1, round(times * usual.epochs)),
        learning_rate=LEARNING_RATE,
        warmup=0,
    )
    device = str(next(model.network.parameters()).device)
    with seeded(seed, device):
        fit(model, pictures, recipe)


def later_pictures(pictures: Pictures, described: MarkedModel) -> Pictures:
    """Other pictures that carry the model's isotopes, in the same fraction of their labels."""
    subsets = [
        IsotopeSubset(one.label, one.mark.make(), one.alpha, one.mark_fraction)
        for one in described.isotopes
    ]
    rng = np.random.default_rng([described.seed, 10])
    return insert_subsets(pictures, subsets, rng)[0] if subsets else pictures
