"""A model whose trainer did something against isotopes."""

from __future__ import annotations

from dataclasses import dataclass

from isotopes.lab.countermeasures.countermeasure import get_countermeasure
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.train.training import Model

VERSION = 1  # goes up when the same description gives a different model


@dataclass(frozen=True)
class DefendedModel:
    """A network, described by everything that goes into it.

    Attributes:
        described: how it is trained without any countermeasure.
        countermeasure: its name.
        strength: how strongly.
        version: of this code.
    """

    described: MarkedModel
    countermeasure: str
    strength: float
    version: int = VERSION

    @property
    def seed(self) -> int:
        """Seed of all choices and of the training."""
        return self.described.seed

    def train(self) -> Model:
        """Train it, on a GPU if there is one."""
        return get_countermeasure(self.countermeasure, self.strength).train(self.described)
