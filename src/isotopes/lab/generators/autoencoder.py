"""A small variational autoencoder: pictures to a quarter of their side and back (Kingma & Welling).

The prior hardly constrains the latents, as in latent diffusion (Rombach et al. 2022). A flow on the
latents generates, or a normal distribution fitted to them.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

CHANNELS = 4  # of the latents
PULL = 1e-4  # weight of the distance from the prior, for each number of the picture
WIDTH = 32


class PictureAutoencoder(nn.Module):
    """Pictures (n, 3, side, side) to latents (n, CHANNELS, side / 4, side / 4), and back."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, WIDTH, 3, padding=1),
            _Residual(WIDTH),
            nn.Conv2d(WIDTH, 2 * WIDTH, 3, 2, 1),
            _Residual(2 * WIDTH),
            nn.Conv2d(2 * WIDTH, 2 * CHANNELS, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(CHANNELS, 2 * WIDTH, 3, padding=1),
            _Residual(2 * WIDTH),
            nn.Conv2d(2 * WIDTH, 4 * WIDTH, 1),
            nn.PixelShuffle(2),
            _Residual(WIDTH),
            nn.Conv2d(WIDTH, 12, 3, padding=1),
            nn.PixelShuffle(2),
        )

    def encode(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and logarithm of the variance of each latent."""
        mean, spread = self.encoder(pictures).chunk(2, 1)
        return mean, spread.clamp(-12, 4)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode latents to pictures."""
        return self.decoder(latents)  # type: ignore[no-any-return]

    def loss(self, pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean squared error of a batch's reconstruction, and the pull of the prior."""
        mean, spread = self.encode(pictures)
        noise = torch.randn(mean.shape, generator=generator).to(mean)
        back = self.decode(mean + noise * (spread / 2).exp())
        distance = (mean.square() + spread.exp() - spread - 1).mean() / 2
        return functional.mse_loss(back, pictures) + PULL * distance


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures + self.layers(pictures)  # type: ignore[no-any-return]
