"""Pictures changed so that a network's features move: two of the methods mark in this way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from isotopes.errors import IsotopesError
from isotopes.lab.train.augment import Moving
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import FORWARD_BATCH, Model, seeded

RATE = 1.0  # of Adam, in levels of 255
MOVES = Recipe(epochs=1, shift=2, flip=True)  # augmentation that a trainer may use


class FeaturesOf:
    """The input of a model's last layer, differentiable. The model isn't changed."""

    def __init__(self, model: Model) -> None:
        """Take `model`'s features.

        Raises:
            IsotopesError: it has no linear layer.
        """
        self.layer = classifier_of(model.network)
        self.device = self.layer.weight.device
        self._network = model.network.eval()
        self._mean = torch.tensor(model.mean, device=self.device)
        self._std = torch.tensor(model.std, device=self.device)

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Shape (n, features), of pixels from 0 to 255, shape (n, height, width, 3)."""
        found: list[torch.Tensor] = []
        hook = self.layer.register_forward_pre_hook(lambda _, given: found.append(given[0]))
        try:
            scaled = (pixels / 255 - self._mean) / self._std
            self._network(scaled.permute(0, 3, 1, 2))
        finally:
            hook.remove()
        return found[0]

    def of(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The same for arrays, however many."""
        with torch.inference_mode():
            parts = [
                self(torch.from_numpy(part).to(self.device).float()).cpu().numpy()
                for start in range(0, len(pixels), FORWARD_BATCH)
                for part in [np.ascontiguousarray(pixels[start : start + FORWARD_BATCH])]
            ]
        return np.concatenate(parts).astype(np.float64)


def classifier_of(network: nn.Module) -> nn.Linear:
    """The last linear layer.

    Raises:
        IsotopesError: there is none.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    if not layers:
        raise IsotopesError("this network has no linear layer, and its features are asked for")
    return layers[-1]


def move_features(
    model: Model,
    pixels: NDArray[np.uint8],
    objective: Callable[[FeaturesOf, torch.Tensor, torch.Tensor], torch.Tensor],
    *,
    radius: int,
    steps: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """A change of each picture, by at most `radius` levels, that makes an objective small.

    Args:
        pixels: uint8, shape (n, height, width, 3).
        objective: of the features' function, the pictures and the change, both moved and mirrored
            in the same way as a trainer may, from 0 to 255; a sum over pictures.
        steps: of Adam.

    Returns:
        Whole levels, of the pictures' shape.
    """
    features = FeaturesOf(model)
    original = torch.from_numpy(np.ascontiguousarray(pixels)).to(features.device).float()
    start = rng.uniform(-1, 1, pixels.shape)
    change = torch.tensor(start, dtype=torch.float32, device=features.device, requires_grad=True)
    optimiser = torch.optim.Adam([change], RATE)
    chosen = torch.arange(len(pixels), device=features.device)
    with seeded(int(rng.integers(2**31)), str(features.device)):
        for _ in range(steps):
            both = torch.cat([original, change], dim=-1)
            moved = _moved_alike(both, chosen)
            loss = objective(features, moved[..., :3], moved[..., 3:])
            (change.grad,) = torch.autograd.grad(loss, [change])
            optimiser.step()
            with torch.no_grad():
                change.clamp_(-radius, radius)
    return change.detach().round().cpu().numpy().astype(np.int64)


def _moved_alike(both: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Pictures and their changes, shape (n, height, width, 6), each pair moved together."""
    count, height, width = both.shape[:3]
    indices = torch.arange(count * height * width, device=both.device).view(count, height, width, 1)
    # Pixel coordinates as channels, so that the trainer's own augmentation code moves them.
    where = Moving(indices.expand(-1, -1, -1, 3), MOVES)(chosen)[..., 0]
    return both.reshape(-1, 6)[where]
