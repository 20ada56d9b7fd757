"""The training loop of generators: interruptions don't change its steps."""

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

AVERAGED = 0.995  # weight of the previous value in the running mean of the weights
WARM_UP = 100  # steps
EVERY = 30.0  # seconds between checkpoints

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class FitPlan:
    """How a generator is trained.

    Attributes:
        steps: how many.
        batch: pictures a step.
        learning_rate: the highest; it rises at the start and falls to zero along a half cosine.
        seed: of batches and noise.
    """

    steps: int
    batch: int = 64
    learning_rate: float = 1e-3
    seed: int = 0


def fit(
    network: N,
    count: int,
    loss: Callable[[N, torch.Tensor, torch.Generator], torch.Tensor],
    plan: FitPlan,
    checkpoint: Path | None = None,
) -> N:
    """The running mean of the weights that `plan` leads to.

    Args:
        network: untrained; it is trained in place.
        count: training pictures.
        loss: takes a network, the indices of a batch's pictures, and a random generator.
        checkpoint: file to resume training from, if it exists; removed at the end.
    """
    averaged = deepcopy(network).requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), plan.learning_rate, (0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, plan.steps))
    generator = torch.Generator().manual_seed(plan.seed)
    parts: dict[str, Any] = {
        "network": network,
        "averaged": averaged,
        "optimiser": optimiser,
        "rate": schedule,
    }
    start = 0
    if checkpoint is not None and checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(kept[name])
        generator.set_state(kept["random"])
        start = kept["step"]
    last = time.monotonic()
    for step in range(start, plan.steps):
        places = torch.randint(count, (plan.batch,), generator=generator)
        optimiser.zero_grad()
        loss(network, places, generator).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        kept_share = min(AVERAGED, (1 + step) / (10 + step))
        for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(now.detach(), 1 - kept_share)
        if checkpoint is not None and time.monotonic() - last > EVERY:
            state = {name: part.state_dict() for name, part in parts.items()}
            with atomic_write(checkpoint) as part:
                torch.save({**state, "random": generator.get_state(), "step": step + 1}, part)
            last = time.monotonic()
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return averaged.eval()


def _rate(step: int, steps: int) -> float:
    """The fraction of the highest learning rate."""
    rising = min(1.0, (step + 1) / WARM_UP)
    return rising * (1 + float(torch.cos(torch.tensor(torch.pi * step / steps)))) / 2
