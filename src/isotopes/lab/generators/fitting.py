"""The training loop of generators and encoders: interruptions don't change its steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from isotopes.files import atomic_write
from isotopes.lab.train.side_outputs import current_side_outputs

AVERAGED = 0.995  # weight of the previous value in the running mean of the weights
WARM_UP = 100  # steps, or a tenth of all if that is less
TELL_EVERY = 50  # steps between two reports of progress

N = TypeVar("N", bound=nn.Module)
Loss = Callable[[N, torch.Tensor, torch.Generator], torch.Tensor]


@dataclass(frozen=True)
class FitPlan:
    """How a generator is trained.

    Attributes:
        steps: how many.
        batch: pictures a step.
        learning_rate: the highest; it rises at the start and falls to zero along a half cosine.
    """

    steps: int
    batch: int = 32
    learning_rate: float = 1e-3


def fit(network: N, count: int, loss: Loss[N], plan: FitPlan, *, seed: int, name: str) -> N:
    """The running mean of the weights that `plan` leads to.

    It resumes from a checkpoint if the side outputs have a folder for them.

    Args:
        network: untrained; it is trained in place, on its device.
        count: training pictures.
        loss: takes a network, the indices of a batch's pictures, and a random generator, both on
            the CPU: the random numbers are the same on all devices.
        seed: of batches and noise.
        name: of the checkpoint; must identify the network with everything that goes into it.
    """
    averaged = deepcopy(network).requires_grad_(False)
    trained = [one for one in network.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(trained, plan.learning_rate, (0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, plan.steps))
    generator = torch.Generator().manual_seed(seed)
    state = _State(
        {"network": network, "averaged": averaged, "optimiser": optimiser, "rate": schedule},
        generator,
        name,
    )
    tell = current_side_outputs().epoch
    for step in range(state.resume(next(network.parameters()).device), plan.steps):
        places = torch.randint(count, (plan.batch,), generator=generator)
        optimiser.zero_grad()
        loss(network, places, generator).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        kept_share = min(AVERAGED, (1 + step) / (10 + step))
        _follow(averaged, network, 1 - kept_share)
        state.keep(step + 1)
        if tell is not None and (step + 1) % TELL_EVERY == 0:
            tell(step + 1, plan.steps)
    state.remove()
    return averaged.eval()


def _follow(averaged: nn.Module, network: nn.Module, weight: float) -> None:
    """Move the running mean; counts, as of batches, are copied."""
    now = network.state_dict()
    for name, mean in averaged.state_dict().items():
        if mean.is_floating_point():
            mean.lerp_(now[name], weight)
        else:
            mean.copy_(now[name])


class _State:
    """All that a training resumes from, in a file; nothing if no checkpoints are wanted."""

    def __init__(self, parts: dict[str, Any], generator: torch.Generator, name: str) -> None:
        outputs = current_side_outputs()
        self._parts, self._generator, self._every = parts, generator, outputs.every
        self._path: Path | None = None
        if outputs.checkpoints is not None:
            outputs.checkpoints.mkdir(parents=True, exist_ok=True)
            self._path = outputs.checkpoints / f"{name}.unfinished"
        self._last = time.monotonic()

    def resume(self, device: torch.device) -> int:
        """Restore the state of an earlier run; returns how many steps are done."""
        if self._path is None or not self._path.exists():
            return 0
        kept = torch.load(self._path, map_location=device, weights_only=True)
        for name, part in self._parts.items():
            part.load_state_dict(kept[name])
        self._generator.set_state(kept["random"].cpu())
        steps: int = kept["step"]
        return steps

    def keep(self, step: int) -> None:
        if self._path is None or time.monotonic() - self._last < self._every:
            return
        state = {name: part.state_dict() for name, part in self._parts.items()}
        with atomic_write(self._path) as part:
            torch.save({**state, "random": self._generator.get_state(), "step": step}, part)
        self._last = time.monotonic()

    def remove(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _rate(step: int, steps: int) -> float:
    """The fraction of the highest learning rate."""
    rising = min(1.0, (step + 1) / min(WARM_UP, max(steps // 10, 1)))
    return rising * (1 + float(torch.cos(torch.tensor(torch.pi * step / steps)))) / 2
