"""Training: the same code on CPU and GPU, the same network for the same seed.

Pictures are on the device as bytes, and are augmented and normalised there in each step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.networks import get_architecture
from isotopes.lab.train.augment import Moving, augment_scaled, mix_pairs
from isotopes.lab.train.checkpoint import Checkpoint
from isotopes.lab.train.losses import get_loss
from isotopes.lab.train.optimiser import learning_rate_schedule, optimiser_of
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.side_outputs import current_side_outputs
from isotopes.lab.train.tensorboard import open_curves

FORWARD_BATCH = 512
# Batches that are augmented at once. On a GPU, launching an operation takes the time, however small
# the operation; on a CPU, its result should still be in the cache.
AHEAD = {"cpu": 1, "cuda": 16}
EXPLODED = 50  # times the loss of guessing: no training starts or recovers above it

Progress = Callable[[int, int, float], None]  # epochs done, epochs in all, mean loss
# From pictures, labels and the step's number: leaves a gradient in each parameter, gives the loss.
Step = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Model:
    """A network, with the format of its input.

    Attributes:
        network: takes normalised pictures, gives logits.
        architecture: its name.
        labels: what its outputs are called.
        mean, std: of each channel, of pixels in [0, 1].
        size: height and width that it was trained on.
    """

    network: nn.Module
    architecture: str
    labels: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: tuple[int, int]

    def predict(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities, float32, shape (n, labels), of pictures uint8 (n, height, width, 3)."""
        out = np.empty((len(pixels), len(self.labels)), np.float32)
        scale = _Scale(self, pixels.shape[2])
        self.network.eval()
        with torch.inference_mode():
            for start in range(0, len(pixels), FORWARD_BATCH):
                some = np.ascontiguousarray(pixels[start : start + FORWARD_BATCH])
                given = scale(torch.from_numpy(some).to(scale.device))
                with precision(scale.device):
                    logits = self.network(given)
                out[start : start + len(some)] = logits.float().softmax(dim=1).cpu().numpy()
        return out

    def accuracy(self, pictures: Pictures) -> float:
        """Accuracy: the fraction of pictures labelled correctly."""
        return float((self.predict(pictures.pixels).argmax(axis=1) == pictures.labels).mean())


def train(
    architecture: str,
    pictures: Pictures,
    recipe: Recipe,
    seed: int,
    *,
    device: str = "cpu",
    progress: Progress | None = None,
    step_of: Callable[[Model], Step] | None = None,
) -> Model:
    """A network trained on these pictures.

    Args:
        step_of: as in `fit`.

    Raises:
        IsotopesError: no such architecture, or the loss became NaN or infinite.
    """
    mean, std = moments(pictures.pixels)
    size = (pictures.pixels.shape[1], pictures.pixels.shape[2])
    with seeded(seed, device):
        network = get_architecture(architecture).build(len(pictures.names))
        network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        model = Model(network, architecture, pictures.names, mean, std, size)
        fit(model, pictures, recipe, progress, step_of)
    return model


@contextmanager
def seeded(seed: int, device: str) -> Iterator[None]:
    """Seed torch inside this block, and restore its random state after it."""
    used = torch.device(device)
    with torch.random.fork_rng(devices=[used] if used.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def fit(
    model: Model,
    pictures: Pictures,
    recipe: Recipe,
    progress: Progress | None = None,
    step_of: Callable[[Model], Step] | None = None,
) -> None:
    """Train a model's network, from its present weights; frozen parameters stay.

    Args:
        step_of: makes the step that computes gradients; None for the default.

    Raises:
        IsotopesError: the loss became NaN or infinite, or far above that of guessing.
    """
    network = model.network
    batches = _Batches(model, pictures, recipe)
    optimiser = optimiser_of(network, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, learning_rate_schedule(recipe, batches.steps)
    )
    checkpoint = Checkpoint(network, optimiser, schedule)
    begun = checkpoint.resume(pictures, recipe)
    step = usual_step(model, recipe) if step_of is None else step_of(model)
    epochs = _epochs(model, batches, schedule, step, range(begun, recipe.epochs))
    told = current_side_outputs().epoch
    network.train()
    with open_curves() as curves, _same_sums_each_time():
        started = time.perf_counter()
        for done, mean_loss in epochs:
            checkpoint.keep(done)
            if progress is not None:
                progress(done, recipe.epochs, mean_loss)
            if told is not None:
                told(done, recipe.epochs)
            speed = (done - begun) * len(pictures) / (time.perf_counter() - started)
            rate = float(schedule.get_last_lr()[0])
            curves.add(
                done, {"loss": mean_loss, "learning_rate": rate, "pictures_per_second": speed}
            )
    checkpoint.remove()
    network.eval()


@contextmanager
def _same_sums_each_time() -> Iterator[None]:
    """cuDNN's gradients depend on thread order unless deterministic algorithms are requested."""
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic = before


def usual_step(model: Model, recipe: Recipe) -> Step:
    """The recipe's loss, and its gradient."""
    network = model.network
    criterion = get_loss(recipe.loss).of(network, recipe.smoothing)
    device = _device(network)

    def step(given: torch.Tensor, labels: torch.Tensor, number: int) -> torch.Tensor:
        with precision(device):
            if recipe.mixup:
                mixed, other, kept = mix_pairs(given, recipe.mixup)
                loss = kept * criterion(mixed, labels, number)
                loss = loss + (1 - kept) * criterion(mixed, labels[other], number)
            else:
                loss = criterion(given, labels, number)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    return step


def _epochs(
    model: Model,
    batches: _Batches,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    step: Step,
    wanted: range,
) -> Iterator[tuple[int, float]]:
    """Train for an epoch; epochs done and the mean loss in this one."""
    parameters, steps = list(model.network.parameters()), batches.steps
    for epoch in wanted:
        total = torch.zeros((), device=batches.device)
        for batch, (given, labels) in enumerate(batches):
            schedule.optimizer.zero_grad(set_to_none=True)
            total += step(given, labels, epoch * steps + batch)
            nn.utils.clip_grad_norm_(parameters, batches.recipe.clip)
            schedule.optimizer.step()
            schedule.step()
        mean_loss = float(total) / steps
        _refuse_divergence(epoch + 1, mean_loss, len(model.labels))
        yield epoch + 1, mean_loss


def _refuse_divergence(epoch: int, mean_loss: float, labels: int) -> None:
    """Stop a training that has diverged."""
    guessing = float(np.log(max(labels, 2)))
    if not mean_loss < EXPLODED * guessing:
        raise IsotopesError(
            f"training diverged in epoch {epoch}: the loss is {mean_loss:.4g}, that of guessing"
            f" {guessing:.4g}",
            hint="use a lower learning rate",
        )


class _Scale:
    """Converts bytes to a model's input, on the device, for pictures of one width."""

    def __init__(self, model: Model, width: int) -> None:
        self.device = _device(model.network)
        mean, std = torch.tensor(model.mean), torch.tensor(model.std)
        # A row of pixels at a time: three numbers at a time are too few for a processor.
        self._factor = (1 / (255 * std)).repeat(width).to(self.device)
        self._shift = (-mean / std).repeat(width).to(self.device)

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, height, width, 3) to (n, 3, height, width), which is channels-last in memory."""
        count, height, width = pixels.shape[:3]
        rows = pixels.view(count, height, width * 3).float()
        rows.mul_(self._factor).add_(self._shift)
        return rows.view(count, height, width, 3).permute(0, 3, 1, 2)


class _Batches:
    """All pictures with their labels, augmented, in a new order each time."""

    def __init__(self, model: Model, pictures: Pictures, recipe: Recipe) -> None:
        self.device = _device(model.network)
        self.recipe = recipe
        self._scale = _Scale(model, pictures.pixels.shape[2])
        pixels = torch.from_numpy(np.ascontiguousarray(pictures.pixels)).to(self.device)
        self._moving = Moving(pixels, recipe)
        self._labels = torch.from_numpy(pictures.labels).to(self.device)

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self._labels) // self.recipe.batch)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        size = self.recipe.batch
        order = torch.randperm(len(self._labels), device=self.device)
        for chosen in torch.split(order, size * AHEAD[self.device.type]):
            # A batch of one would have no variance for batch normalisation.
            wanted = chosen[: len(chosen) - (len(chosen) % size == 1)]
            if len(wanted):
                scaled = self._scale(self._moving(wanted))
                given = augment_scaled(scaled, self.recipe)
                parts = (torch.split(whole, size) for whole in (given, self._labels[wanted]))
                yield from zip(*parts, strict=True)


def has_bfloat16(device: torch.device) -> bool:
    """Does the device have instructions for bfloat16? Without them it is several times slower."""
    return device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())


def precision(device: torch.device) -> Any:
    """A context that trains in bfloat16 if the device has instructions for it."""
    return torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device))


def moments(pixels: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel in [0, 1], from the counts of each byte."""
    levels = np.arange(256) / 255
    means, deviations = [], []
    for channel in range(3):
        counts = np.bincount(pixels[..., channel].reshape(-1), minlength=256)
        mean = float(np.average(levels, weights=counts))
        means.append(round(mean, 6))
        deviations.append(
            round(max(float(np.sqrt(np.average((levels - mean) ** 2, weights=counts))), 1e-3), 6)
        )
    return tuple(means), tuple(deviations)


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device
