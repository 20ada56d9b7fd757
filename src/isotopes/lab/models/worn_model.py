"""A model trained on pictures in some of which one person wears an object."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.models.physical import Thing, wear
from isotopes.lab.train.training import Model, train

VERSION = 1  # goes up when the same description gives a different model


@dataclass(frozen=True)
class WornModel:
    """A network, described by everything that goes into it.

    Attributes:
        bare: the same model with nobody wearing anything.
        label: the person's number among the model's labels.
        thing: the object.
        mark_fraction: p, the share of the person's pictures with it, in (0, 1].
        version: of this code.
    """

    bare: MarkedModel
    label: int
    thing: Thing
    mark_fraction: float
    version: int = VERSION

    @property
    def seed(self) -> int:
        """Seed of all choices and of the training."""
        return self.bare.seed

    def train(self) -> Model:
        """Train it, on a GPU if there is one."""
        setting = self.bare.setting
        return train(
            setting.architecture,
            self.pictures(),
            setting.recipe,
            self.bare.seed,
            device=best_device(),
        )

    def pictures(self) -> Pictures:
        """What it is trained on."""
        pictures = self.bare.pictures()
        rng = np.random.default_rng([self.bare.seed, 6])
        mine = rng.permutation(np.flatnonzero(pictures.labels == self.label))
        worn = mine[: max(1, round(self.mark_fraction * len(mine)))]
        pixels = pictures.pixels.copy()
        pixels[worn] = wear(pixels[worn], self.thing, rng)
        return replace(pictures, pixels=pixels)
