"""A training's state at the end of an epoch: an interrupted training resumes as if it had run
through.

The file is named by the hash of everything the training starts from: weights, random numbers,
pictures and recipe. Its content is tensors and plain values; nothing in it is code.
"""

from __future__ import annotations

import hashlib
import pickle
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from isotopes.canonical import digest_of
from isotopes.files import atomic_write
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.side_outputs import current_side_outputs

VERSION = 1  # goes up when training continues differently from the same state


class Checkpoint:
    """What one training resumes from; does nothing if no checkpoints are wanted."""

    def __init__(
        self,
        network: nn.Module,
        optimiser: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
    ) -> None:
        self._network, self._optimiser, self._schedule = network, optimiser, schedule
        self._device = next(network.parameters()).device
        self._path: Path | None = None
        self._every = current_side_outputs().every
        self._last = time.monotonic()

    def resume(self, pictures: Pictures, recipe: Recipe) -> int:
        """Restore the state of an earlier run; returns how many epochs are done."""
        folder = current_side_outputs().checkpoints
        if folder is None:
            return 0
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{self._start(pictures, recipe)}.checkpoint"
        state = _read(self._path, self._device)
        if state is None:
            return 0
        self._network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        _set_random_state(state["random"], self._device)
        epochs: int = state["epochs"]
        return epochs

    def keep(self, epochs: int) -> None:
        """Write the state after this many epochs, unless the last checkpoint is recent."""
        if self._path is None or time.monotonic() - self._last < self._every:
            return
        state = {
            "network": self._network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "random": _random_state(self._device),
            "epochs": epochs,
        }
        with atomic_write(self._path) as part:
            torch.save(state, part)
        self._last = time.monotonic()

    def remove(self) -> None:
        """Delete it: the training is over."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _start(self, pictures: Pictures, recipe: Recipe) -> str:
        """32 hexadecimal digits that identify everything the training starts from."""
        hashed = hashlib.sha256()
        tensors = [*self._network.state_dict().values(), *_random_state(self._device)]
        arrays = [one.contiguous().cpu().numpy() for one in tensors]
        for array in (*arrays, pictures.pixels, pictures.labels):
            hashed.update(np.ascontiguousarray(array).data)
        trained = [one.requires_grad for one in self._network.parameters()]
        said = [VERSION, torch.__version__, asdict(recipe), trained, hashed.hexdigest()]
        return digest_of(said).removeprefix("sha256:")[:32]


def _read(path: Path, device: torch.device) -> dict[str, Any] | None:
    """None if there is no file, or none that can be read: the training then starts again."""
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError):
        return None
    return state


def _random_state(device: torch.device) -> list[torch.Tensor]:
    found = [torch.get_rng_state()]
    return [*found, torch.cuda.get_rng_state(device)] if device.type == "cuda" else found


def _set_random_state(states: list[torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0].cpu())
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1].cpu(), device)
