"""Generators of three kinds: how each learns from pictures, and what it then generates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from isotopes.files import atomic_write
from isotopes.lab.data.pictures import Pictures, to_bytes
from isotopes.lab.generators.autoencoder import CHANNELS, PictureAutoencoder
from isotopes.lab.generators.denoiser import Denoiser, DenoiserShape
from isotopes.lab.generators.fitting import FitPlan, fit
from isotopes.lab.generators.flow import flow_loss, sample

N = TypeVar("N", bound=nn.Module)
Make = Callable[[NDArray[np.int64], int], NDArray[np.uint8]]  # labels, seed: a picture for each
CHUNK = 256  # pictures that an autoencoder gets at once
LEAST = 1e-4  # added to the latents' variances, so that none is zero


@dataclass(frozen=True)
class Workshop:
    """A training set, and the networks that were trained on it.

    Attributes:
        pictures: the training set.
        plans: how each kind of network is trained.
        folder: keeps trained networks and checkpoints: one for each training set and plan.
    """

    pictures: Pictures
    plans: dict[str, FitPlan]
    folder: Path

    def pixel_flow(self) -> Make:
        """A flow on the pixels."""
        side = self.pictures.pixels.shape[1]
        shape = (3, side, side)
        network = self._flow("pixel_flow", DenoiserShape(3, side, 4, self._labels), self._values())
        return lambda labels, seed: _bytes(
            sample(network, torch.from_numpy(labels), shape, _random(seed))
        )

    def latent_flow(self) -> Make:
        """A flow on the autoencoder's latents."""
        codec, latents = self.autoencoder(), self._latents()
        middle, spread = latents.mean((0, 2, 3), keepdim=True), latents.std()
        side = latents.shape[-1]
        shape = (CHANNELS, side, side)
        scaled = (latents - middle) / spread
        network = self._flow("latent_flow", DenoiserShape(CHANNELS, side, 1, self._labels), scaled)

        def make(labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
            found = sample(network, torch.from_numpy(labels), shape, _random(seed))
            return _decoded(codec, found * spread + middle)

        return make

    def autoencoder_samples(self) -> Make:
        """The autoencoder alone: a normal distribution fitted to all latents (Ghosh et al. 2020).

        It ignores labels.
        """
        codec, latents = self.autoencoder(), self._latents()
        flat = latents.flatten(1).double()
        middle = flat.mean(0)
        covariance = torch.cov(flat.T) + LEAST * torch.eye(flat.shape[1])
        root = torch.linalg.cholesky(covariance)

        def make(labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
            noise = torch.randn((len(labels), flat.shape[1]), generator=_random(seed))
            drawn = (middle + noise.double() @ root.T).float().unflatten(1, latents.shape[1:])
            return _decoded(codec, drawn)

        return make

    def reconstructions(self) -> NDArray[np.uint8]:
        """The training pictures once through the autoencoder."""
        return _decoded(self.autoencoder(), self._latents())

    def autoencoder(self) -> PictureAutoencoder:
        """The autoencoder; trained now unless the folder holds it."""
        values = self._values()
        return self._trained(
            "autoencoder",
            PictureAutoencoder,
            lambda network, places, random: network.loss(values[places], random),
        )

    def _flow(self, name: str, shape: DenoiserShape, values: torch.Tensor) -> Denoiser:
        labels = torch.from_numpy(self.pictures.labels)
        return self._trained(
            name,
            lambda: Denoiser(shape),
            lambda network, places, random: flow_loss(
                network, values[places], labels[places], random
            ),
        )

    def _trained(
        self,
        name: str,
        build: Callable[[], N],
        loss: Callable[[N, torch.Tensor, torch.Generator], torch.Tensor],
    ) -> N:
        plan, path = self.plans[name], self.folder / f"{name}.pt"
        torch.manual_seed(plan.seed)
        network = build()
        if path.exists():
            network.load_state_dict(torch.load(path, weights_only=True))
            return network.eval()
        self.folder.mkdir(parents=True, exist_ok=True)
        found = fit(network, len(self.pictures), loss, plan, path.with_suffix(".unfinished"))
        with atomic_write(path) as part:
            torch.save(found.state_dict(), part)
        return found

    @torch.no_grad()
    def _latents(self) -> torch.Tensor:
        codec = self.autoencoder()
        return torch.cat([codec.encode(some)[0] for some in torch.split(self._values(), CHUNK)])

    def _values(self) -> torch.Tensor:
        """The pictures in [-1, 1], shape (n, 3, side, side)."""
        levels = torch.from_numpy(self.pictures.pixels).permute(0, 3, 1, 2).float()
        return levels / 127.5 - 1

    @property
    def _labels(self) -> int:
        return len(self.pictures.names)


@torch.no_grad()
def _decoded(codec: PictureAutoencoder, latents: torch.Tensor) -> NDArray[np.uint8]:
    return np.concatenate([_bytes(codec.decode(some)) for some in torch.split(latents, CHUNK)])


def _bytes(values: torch.Tensor) -> NDArray[np.uint8]:
    return to_bytes((values.permute(0, 2, 3, 1).numpy() + 1) * 127.5)


def _random(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
