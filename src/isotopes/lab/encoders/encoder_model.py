"""An encoder, described by everything that goes into it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.encoders.contrastive import Encoder, contrastive_loss
from isotopes.lab.generators.fitting import FitPlan, fit
from isotopes.lab.generators.generator import to_values
from isotopes.lab.generators.owners import Contributor, KeyedChange, owners, with_marks
from isotopes.lab.generators.picture_sets import PictureSet
from isotopes.lab.models.bank import NetworkSpecification, name_of
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.networks import get_architecture
from isotopes.lab.train.training import seeded

CHUNK = 512  # pictures that are embedded at once
VERSION = 1  # goes up when the same description gives a different encoder


@dataclass(frozen=True)
class EncoderModel(NetworkSpecification[Encoder]):
    """A contrastive encoder and its training set.

    Attributes:
        pictures: the training set.
        architecture: of the network, which gives embeddings in the place of logits.
        numbers: in an embedding.
        plan: of the training.
        seed: of who owns which pictures, and of the training.
        markings: one for each owner; none for an innocent encoder.
        version: of this code.
    """

    pictures: PictureSet
    architecture: str
    numbers: int
    plan: FitPlan
    seed: int
    markings: tuple[KeyedChange, ...] = ()
    version: int = VERSION

    @property
    def innocent(self) -> EncoderModel:
        """The same encoder, of pictures without marks."""
        return replace(self, markings=())

    def owners(self, clean: Pictures) -> list[Contributor]:
        """Who marked which pictures."""
        return owners(clean, self.markings, self.seed)

    def build(self) -> Encoder:
        """The encoder, untrained."""
        return Encoder(get_architecture(self.architecture).build(self.numbers), self.numbers)

    def train(self) -> Encoder:
        """Train it, on a GPU if there is one."""
        clean, device = self.pictures.open(), best_device()
        pictures = with_marks(clean, self.owners(clean), self.seed)
        values = to_values(pictures.pixels).to(device)
        with seeded(self.seed, device):
            network = self.build().to(device)
        return fit(
            network,
            len(values),
            lambda made, places, random: contrastive_loss(made, values[places], random),
            self.plan,
            seed=self.seed,
            name=name_of(self),
        )


@torch.inference_mode()
def embed(encoder: Encoder, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Embeddings of length 1, shape (n, numbers), of pictures uint8 (n, side, side, 3)."""
    device = next(encoder.parameters()).device
    found = [
        encoder(to_values(pixels[start : start + CHUNK]).to(device)).cpu().numpy()
        for start in range(0, len(pixels), CHUNK)
    ]
    return np.concatenate(found).astype(np.float64)
