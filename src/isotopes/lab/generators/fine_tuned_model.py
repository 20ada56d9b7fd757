"""A generator that somebody fine-tuned on one person's pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder
from isotopes.lab.generators.fitting import FitPlan, fit
from isotopes.lab.generators.flow import flow_loss
from isotopes.lab.generators.generator import Generator, PixelFlow, to_values
from isotopes.lab.generators.generator_model import GeneratorModel
from isotopes.lab.generators.low_rank import add_low_rank, merge_low_rank
from isotopes.lab.generators.owners import KeyedChange
from isotopes.lab.models.bank import Bank, NetworkSpecification, name_of
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.train.training import seeded

VERSION = 2  # goes up when the same description gives a different generator


@dataclass(frozen=True)
class FineTunedModel(NetworkSpecification[Generator]):
    """A flow on pixels, trained further on one person's pictures.

    Attributes:
        base: what it was before; it never saw the person.
        rank: of the changes that learn beside the labels' embeddings; None if all weights learn.
        person: the label of the pictures, which the base has not used.
        plan: of the fine-tuning.
        seed: of the choice of marked pictures, and of the training.
        marking: what the person did to the pictures; None for an innocent fine-tune.
        version: of this code.
    """

    base: GeneratorModel
    rank: int | None
    person: int
    plan: FitPlan
    seed: int
    marking: KeyedChange | None
    version: int = VERSION

    @property
    def innocent(self) -> FineTunedModel:
        """The same, of pictures without a mark."""
        return replace(self, marking=None)

    def originals(self) -> Pictures:
        """The person's pictures, without marks."""
        return self.base.pictures.of(self.person)

    def build(self) -> Generator:
        """A generator of the same shape as the base."""
        return self.base.build()

    def train(self) -> Generator:
        """Train it, on a GPU if there is one."""
        device = best_device()
        network = Bank(cache_folder() / "models").get(self.base).to(device)
        assert isinstance(network, PixelFlow)
        pixels = self.originals().pixels
        if self.marking is not None:
            pixels, _ = self.marking.put_into(pixels, self.seed)
        values = to_values(pixels).to(device)
        labels = torch.full((len(values),), self.person, device=device)
        denoiser = network.denoiser
        if self.rank is not None:
            with seeded(self.seed, device):
                add_low_rank(denoiser, self.rank)
            denoiser.to(device).label.requires_grad_(True)
        fitted = fit(
            denoiser,
            len(values),
            lambda made, at, random: flow_loss(made, values[at], labels[at], random),
            self.plan,
            seed=self.seed,
            name=name_of(self),
        )
        if self.rank is not None:
            merge_low_rank(fitted)
        network.denoiser = fitted
        return network.eval()
