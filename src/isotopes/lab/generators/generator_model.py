"""A generator, described by everything that goes into it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder
from isotopes.lab.generators.autoencoder import CHANNELS
from isotopes.lab.generators.denoiser import Denoiser, DenoiserShape
from isotopes.lab.generators.fitting import FitPlan, fit
from isotopes.lab.generators.flow import flow_loss
from isotopes.lab.generators.generator import (
    REDUCED,
    AutoencoderSampler,
    Generator,
    LatentFlow,
    PixelFlow,
    to_values,
)
from isotopes.lab.generators.owners import Contributor, KeyedChange, owners, with_marks
from isotopes.lab.generators.picture_sets import PictureSet
from isotopes.lab.models.bank import Bank, NetworkSpecification, name_of
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.train.training import seeded

Kind = Literal["autoencoder", "pixel_flow", "latent_flow"]
VERSION = 1  # goes up when the same description gives a different generator


@dataclass(frozen=True)
class GeneratorSize:
    """How large generators are, and how long they learn.

    Attributes:
        width, depth, heads: of the transformer in a flow.
        patch: side of one of its tokens, in pixels.
        flow: training of a flow.
        codec: training of an autoencoder.
    """

    width: int
    depth: int
    heads: int
    patch: int
    flow: FitPlan
    codec: FitPlan


@dataclass(frozen=True)
class GeneratorModel(NetworkSpecification[Generator]):
    """A generator and its training set.

    Attributes:
        kind: what it is.
        pictures: the training set.
        size: of the network, and of its training.
        seed: of who owns which pictures, and of the training.
        markings: one for each owner; none for an innocent generator.
        version: of this code.
    """

    kind: Kind
    pictures: PictureSet
    size: GeneratorSize
    seed: int
    markings: tuple[KeyedChange, ...] = ()
    version: int = VERSION

    @property
    def innocent(self) -> GeneratorModel:
        """The same generator, of pictures without marks."""
        return replace(self, markings=())

    def owners(self, clean: Pictures) -> list[Contributor]:
        """Who marked which pictures."""
        return owners(clean, self.markings, self.seed)

    def build(self) -> Generator:
        """The generator, untrained."""
        side, size = self.pictures.side, self.size
        labels = len(self.pictures.open().names)
        if self.kind == "autoencoder":
            return AutoencoderSampler(side)
        how_large = {"width": size.width, "depth": size.depth, "heads": size.heads}
        if self.kind == "pixel_flow":
            return PixelFlow(DenoiserShape(3, side, size.patch, labels, **how_large))
        return LatentFlow(DenoiserShape(CHANNELS, side // REDUCED, 1, labels, **how_large))

    def train(self) -> Generator:
        """Train it, on a GPU if there is one."""
        clean, device = self.pictures.open(), best_device()
        pictures = with_marks(clean, self.owners(clean), self.seed)
        values = to_values(pictures.pixels).to(device)
        labels = torch.from_numpy(pictures.labels).to(device)
        with seeded(self.seed, device):
            network = self.build().to(device)
        if isinstance(network, AutoencoderSampler):
            network.codec = fit(
                network.codec,
                len(pictures),
                lambda codec, places, random: codec.loss(values[places], random),
                self.size.codec,
                seed=self.seed,
                name=name_of(self),
            )
            network.fit_latents(values)
        elif isinstance(network, PixelFlow):
            network.denoiser = self._fit_flow(network.denoiser, values, labels)
        elif isinstance(network, LatentFlow):
            bank = Bank(cache_folder() / "models")
            sampler = bank.get(replace(self, kind="autoencoder")).to(device)
            assert isinstance(sampler, AutoencoderSampler)
            latents = network.take_over(sampler, values)
            network.denoiser = self._fit_flow(network.denoiser, latents, labels)
        return network.eval()

    def _fit_flow(self, network: Denoiser, values: torch.Tensor, labels: torch.Tensor) -> Denoiser:
        return fit(
            network,
            len(values),
            lambda made, at, random: flow_loss(made, values[at], labels[at], random),
            self.size.flow,
            seed=self.seed,
            name=name_of(self),
        )
