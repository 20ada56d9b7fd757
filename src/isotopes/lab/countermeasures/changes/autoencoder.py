"""Purification: pictures rebuilt by an autoencoder that was trained on all of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from isotopes.lab.countermeasures.countermeasure import Change
from isotopes.lab.data.pictures import Pictures, to_bytes
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.train.training import FORWARD_BATCH, seeded

STEPS, BATCH, RATE = 400, 64, 2e-3
WIDTH = 32
CELL = 4  # pixels: a side of what one place of the code describes


class Autoencoder(Change):
    """What few numbers can't describe is lost: faint patterns before shapes."""

    name: ClassVar[str] = "autoencoder"
    summary: ClassVar[str] = "rebuild every picture by a small convolutional autoencoder"
    source: ClassVar[str] = "purification, such as MagNet (Meng and Chen 2017)"
    parameter: ClassVar[str] = "how many times fewer numbers than pixels' the code has"
    strengths: ClassVar[tuple[float, ...]] = (3, 12)

    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        device = best_device()
        channels = max(1, round(3 * CELL * CELL / self.strength))
        pixels = torch.from_numpy(np.ascontiguousarray(pictures.pixels)).permute(0, 3, 1, 2)
        with seeded(int(rng.integers(2**31)), device):
            network = small_autoencoder(channels).to(device)
            _learn(network, pixels, device)
            return _rebuilt(network, pixels, device)


def small_autoencoder(channels: int) -> nn.Sequential:
    """Pictures (n, 3, height, width) to themselves, through `channels` numbers a cell."""
    return nn.Sequential(
        nn.Conv2d(3, WIDTH, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(WIDTH, channels, 4, stride=2, padding=1),
        nn.ConvTranspose2d(channels, WIDTH, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(WIDTH, 3, 4, stride=2, padding=1),
    )


def _learn(network: nn.Module, pixels: torch.Tensor, device: str) -> None:
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    for _ in range(STEPS):
        some = pixels[torch.randint(len(pixels), (BATCH,))].to(device).float() / 127.5 - 1
        loss = functional.mse_loss(network(some), some)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _rebuilt(network: nn.Module, pixels: torch.Tensor, device: str) -> NDArray[np.uint8]:
    found = []
    with torch.inference_mode():
        for some in torch.split(pixels, FORWARD_BATCH):
            answer = network(some.to(device).float() / 127.5 - 1)
            answer = functional.interpolate(answer, some.shape[2:])  # sides that 4 doesn't divide
            found.append(to_bytes(((answer + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()))
    return np.concatenate(found)
