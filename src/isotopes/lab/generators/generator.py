"""Generators of three kinds: how each learns from pictures, and what it then generates."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from isotopes.lab.data.pictures import to_bytes
from isotopes.lab.generators.autoencoder import CHANNELS, PictureAutoencoder
from isotopes.lab.generators.denoiser import Denoiser, DenoiserShape
from isotopes.lab.generators.flow import sample

CHUNK = 256  # pictures that an autoencoder gets at once
LEAST = 1e-4  # added to the latents' variances, so that none is zero
REDUCED = 4  # how many times smaller a latent's side is than the picture's


class Generator(nn.Module, ABC):
    """Makes pictures."""

    @abstractmethod
    def generate(self, labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
        """A picture for each label, shape (n, side, side, 3); the same for the same seed."""

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device


class PixelFlow(Generator):
    """A flow on the pixels."""

    def __init__(self, shape: DenoiserShape) -> None:
        super().__init__()
        self.denoiser = Denoiser(shape)

    def generate(self, labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
        return to_pixels(self.sampled(labels, seed))

    def sampled(self, labels: NDArray[np.int64], seed: int) -> torch.Tensor:
        """What `generate` rounds: in [-1, 1] or a little beyond, shape (n, 3, side, side)."""
        return sample(self.denoiser, torch.from_numpy(labels), torch.Generator().manual_seed(seed))


class AutoencoderSampler(Generator):
    """An autoencoder, and a normal distribution fitted to its latents (Ghosh et al. 2020).

    It ignores labels.
    """

    middle: torch.Tensor
    root: torch.Tensor

    def __init__(self, side: int) -> None:
        super().__init__()
        self.codec = PictureAutoencoder()
        self.latent_shape = (CHANNELS, side // REDUCED, side // REDUCED)
        numbers = int(np.prod(self.latent_shape))
        self.register_buffer("middle", torch.zeros(numbers, dtype=torch.float64))
        self.register_buffer("root", torch.zeros((numbers, numbers), dtype=torch.float64))

    @torch.no_grad()
    def fit_latents(self, pictures: torch.Tensor) -> None:
        """Fit the distribution to these pictures' latents."""
        flat = self.latents(pictures).flatten(1).double()
        covariance = torch.cov(flat.T) + LEAST * torch.eye(flat.shape[1]).to(flat)
        self.middle.copy_(flat.mean(0))
        self.root.copy_(torch.linalg.cholesky(covariance))

    @torch.no_grad()
    def latents(self, pictures: torch.Tensor) -> torch.Tensor:
        """Of pictures in [-1, 1], shape (n, 3, side, side)."""
        return torch.cat([self.codec.encode(some)[0] for some in torch.split(pictures, CHUNK)])

    @torch.no_grad()
    def decoded(self, latents: torch.Tensor) -> NDArray[np.uint8]:
        """The pictures of these latents."""
        parts = [to_pixels(self.codec.decode(some)) for some in torch.split(latents, CHUNK)]
        return np.concatenate(parts)

    def reconstructed(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pictures once through the autoencoder."""
        return self.decoded(self.latents(to_values(pixels).to(self.device)))

    def generate(self, labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
        random = torch.Generator().manual_seed(seed)
        noise = torch.randn((len(labels), len(self.middle)), generator=random).to(self.middle)
        drawn = (self.middle + noise @ self.root.T).float()
        return self.decoded(drawn.reshape(-1, *self.latent_shape))


class LatentFlow(Generator):
    """A flow on an autoencoder's latents."""

    middle: torch.Tensor
    spread: torch.Tensor

    def __init__(self, shape: DenoiserShape) -> None:
        super().__init__()
        self.sampler = AutoencoderSampler(shape.side * REDUCED)
        self.denoiser = Denoiser(shape)
        self.register_buffer("middle", torch.zeros(1, shape.channels, 1, 1))
        self.register_buffer("spread", torch.ones(()))

    def take_over(self, sampler: AutoencoderSampler, pictures: torch.Tensor) -> torch.Tensor:
        """Use this autoencoder; returns the pictures' latents, standardised."""
        self.sampler.load_state_dict(sampler.state_dict())
        self.sampler.requires_grad_(False)
        latents = sampler.latents(pictures)
        self.middle.copy_(latents.mean((0, 2, 3), keepdim=True))
        self.spread.copy_(latents.std())
        return (latents - self.middle) / self.spread

    def generate(self, labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
        random = torch.Generator().manual_seed(seed)
        found = sample(self.denoiser, torch.from_numpy(labels), random)
        return self.sampler.decoded(found * self.spread + self.middle)


def to_values(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Pictures (n, side, side, 3) in [-1, 1], shape (n, 3, side, side)."""
    levels = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
    return levels / 127.5 - 1


def to_pixels(values: torch.Tensor) -> NDArray[np.uint8]:
    """The opposite of `to_values`: rounded, and clipped."""
    return to_bytes((values.permute(0, 2, 3, 1).cpu().numpy() + 1) * 127.5)
