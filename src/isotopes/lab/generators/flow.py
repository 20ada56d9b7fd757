"""Rectified flow: learn the straight path from pictures to noise, and walk it back.

Liu, Gong & Liu (2023); the objective of Stable Diffusion 3 and Flux. At time t a picture x and
noise e give (1 - t) x + t e, and the network predicts e - x.
"""

from __future__ import annotations

import torch

from isotopes.lab.generators.denoiser import Denoiser

UNLABELLED = 0.1  # fraction of training pictures whose label is hidden; the usual value
STEPS = 25  # of the walk from noise to picture
BATCH = 64


def flow_loss(
    network: Denoiser, pictures: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Mean squared error of the predicted direction, over a batch.

    Args:
        pictures: roughly standardised, shape (n, channels, side, side).
        labels: int64, shape (n,).
        generator: of times, noise and hidden labels.
    """
    count = len(pictures)
    # Times in the middle matter most (Esser et al. 2024): the sigmoid of a normal number.
    time = torch.sigmoid(torch.randn(count, generator=generator)).to(pictures)
    noise = torch.randn(pictures.shape, generator=generator).to(pictures)
    hidden = (torch.rand(count, generator=generator) < UNLABELLED).to(labels.device)
    told = torch.where(hidden, network.shape.labels, labels)
    mixed = torch.lerp(pictures, noise, time[:, None, None, None])
    missed: torch.Tensor = network(mixed, time, told) - (noise - pictures)
    return missed.square().mean()


@torch.no_grad()
def sample(network: Denoiser, labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A picture for each label, shape (n, channels, side, side), standardised like the training
    pictures, on the network's device.
    """
    shape, found = network.shape, []
    device = network.place.device
    for some in torch.split(labels.to(device), BATCH):
        size = (len(some), shape.channels, shape.side, shape.side)
        pictures = torch.randn(size, generator=generator).to(device)
        for step in range(STEPS, 0, -1):
            time = torch.full((len(some),), step / STEPS, device=device)
            pictures = pictures - network(pictures, time, some) / STEPS
        found.append(pictures)
    return torch.cat(found)
