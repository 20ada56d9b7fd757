"""How much does the lab's training loop cost beside the network itself? `python -m bench.training`

Pictures per second of `isotopes.lab.train.training.fit` over those of bare forward + backward +
step of
the same network, on batches that lie in memory as it takes them; goal: at least 0.95. And marking
at load as a share of the time to train on what was marked; goal: at most 0.02.

Bare steps have the loop's precision, memory layout, loss and optimiser, and nothing else of it: no
choice of pictures, scaling, shifts, mirrors, clipping, schedule or sums. Both run in turns, as many
pictures each; the ratio is the median of those within each turn, which are near in time. On a CPU
one thread is used and its processor time counted, as jobs beside each other are the lab's way to
use more; on a GPU the clock counts. There the paper's recipe is also run in full, where
$ISOTOPES_DATA holds CIFAR-100.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from bench.record import record
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import data_folder
from isotopes.lab.models.isotope_subset import IsotopeSubset, insert_subsets
from isotopes.lab.models.marked_model import marked_model
from isotopes.lab.networks import get_architecture
from isotopes.lab.tasks import probe_pictures, training_pictures
from isotopes.lab.train.losses import get_loss
from isotopes.lab.train.optimiser import optimiser_of
from isotopes.lab.train.recipe import RECIPES, Recipe
from isotopes.lab.train.training import Model, fit, precision
from isotopes.lab.trials.marks_trial import ACCURACY_PER_LABEL
from isotopes.marks import get_family

LABELS = 100
TURNS, FEW_TURNS = 25, 9
MARKED = 2048  # pictures, on a CPU
TASK = "cifar100"
EPOCHS = 3  # of each turn: what is made ready once before them is a part of training


@dataclass(frozen=True)
class Case:
    """What is trained: a network by a recipe on so many pictures of 32 x 32 pixels.

    Attributes:
        turns: how often loop and bare steps are timed.
    """

    architecture: str
    recipe: str
    pictures: int
    batch: int
    turns: int = TURNS

    @property
    def short(self) -> Recipe:
        return replace(
            RECIPES[self.recipe], epochs=EPOCHS, batch=self.batch, warmup=None, learning_rate=1e-3
        )


CASES = {
    "cpu": [
        Case("compact", "desk", 1024, 128),
        Case("resnet6", "desk", 512, 128),
        Case("resnet18", "cifar100", 64, 64, FEW_TURNS),
    ],
    "cuda": [
        Case("compact", "desk", 25000, 128, FEW_TURNS),
        Case("resnet18", "cifar100", 12800, 512, FEW_TURNS),
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=list(CASES), default="cpu")
    device = parser.parse_args().device
    if device == "cpu":
        torch.set_num_threads(1)
    rows = [*(measure(case, device) for case in CASES[device]), measure_marking(device)]
    if device == "cuda" and (data_folder() / TASK).is_dir():
        rows.append(measure_whole())
    command = "python -m bench.training" + ("" if device == "cpu" else f" --device {device}")
    record("training" if device == "cpu" else f"training-{device}", rows, command)


def measure(case: Case, device: str) -> dict[str, object]:
    """The loop beside bare steps, in turns."""
    pictures = noise(case.pictures)
    loop, bare = the_loop(case, pictures, device), bare_steps(case, pictures, device)
    loop(), bare()  # what is chosen and allocated the first time
    times = np.array([(seconds(loop, device), seconds(bare, device)) for _ in range(case.turns)])
    ratios = times[:, 1] / times[:, 0]
    speeds = EPOCHS * case.pictures / np.median(times, axis=0)
    return {
        "measure": f"{case.architecture}, recipe {case.recipe}, {where(device)}",
        "pictures": case.pictures,
        "batch": case.batch,
        "n": case.turns,
        "loop_per_second": round(float(speeds[0])),
        "bare_per_second": round(float(speeds[1])),
        "ratio": round(float(np.median(ratios)), 3),
        "ratio_low": round(float(np.quantile(ratios, 0.25)), 3),
        "ratio_high": round(float(np.quantile(ratios, 0.75)), 3),
        "goal": "at least 0.95",
    }


def measure_marking(device: str) -> dict[str, object]:
    """Marks in a tenth of every label's pictures, beside the recipe's training on them."""
    case = CASES[device][0 if device == "cpu" else -1]
    if device == "cpu":
        case = replace(case, pictures=MARKED)  # about half of what a model of the desk scale has
    pictures = noise(case.pictures)
    family = get_family("gratings")
    subsets = [
        IsotopeSubset(label, family.draw(bytes(32), label), 0.4, 0.1) for label in range(LABELS)
    ]
    loop = the_loop(case, pictures, device)
    loop()
    short = float(np.median([seconds(loop, device) for _ in range(3)]))

    def mark() -> None:
        insert_subsets(pictures, subsets, np.random.default_rng(0))

    marking = [seconds(mark, device) for _ in range(case.turns)]
    whole = short * RECIPES[case.recipe].epochs / EPOCHS
    return {
        "measure": f"marking at load, {LABELS} marks, {case.architecture}, {where(device)}",
        "pictures": case.pictures,
        "n": case.turns,
        "marking_seconds": round(marking[0], 3),  # the first draws the marks
        "marking_seconds_again": round(float(np.median(marking[1:])), 3),
        "training_seconds": round(whole, 1),
        "ratio": round(marking[0] / whole, 4),
        "goal": "at most 0.02",
    }


def measure_whole() -> dict[str, object]:
    """The paper's recipe from the first epoch to the last, on all of CIFAR-100."""
    described = marked_model(TASK, "paper", 0)
    started = time.perf_counter()
    model = described.train()
    took = time.perf_counter() - started
    setting = described.setting
    held_out = probe_pictures(TASK, setting, described.seed, ACCURACY_PER_LABEL)
    return {
        "measure": f"{setting.architecture}, {setting.recipe.epochs} epochs of {TASK},"
        f" {where('cuda')}",
        "pictures": len(training_pictures(TASK, setting, described.seed)),
        "batch": setting.recipe.batch,
        "n": 1,
        "training_seconds": round(took, 1),
        "accuracy": round(model.accuracy(held_out), 4),
    }


def the_loop(case: Case, pictures: Pictures, device: str) -> Callable[[], None]:
    """Some epochs as the lab trains them."""
    network = get_architecture(case.architecture).build(LABELS)
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    model = Model(network, case.architecture, pictures.names, (0.5,) * 3, (0.25,) * 3, (32, 32))
    return lambda: fit(model, pictures, case.short)


def bare_steps(case: Case, pictures: Pictures, device: str) -> Callable[[], None]:
    """Forward, backward and step on the same number of pictures, and nothing else."""
    recipe = case.short
    network = get_architecture(case.architecture).build(LABELS)
    network = network.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = optimiser_of(network, recipe)
    criterion = get_loss(recipe.loss).of(network, recipe.smoothing)
    size = recipe.batch
    given = torch.randn(size, 3, 32, 32, device=device).to(memory_format=torch.channels_last)
    labels = torch.randint(0, LABELS, (size,), device=device)
    counts = [size] * (len(pictures) // size) + [len(pictures) % size] * (len(pictures) % size > 1)

    def steps() -> None:
        for count in counts * EPOCHS:
            with precision(given.device):
                loss = criterion(given[:count], labels[:count], 0)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()

    return steps


def noise(count: int) -> Pictures:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    names = tuple(f"label {label}" for label in range(LABELS))
    return Pictures(pixels, np.arange(count) % LABELS, names)


def seconds(work: Callable[[], object], device: str) -> float:
    """Of the processor on a CPU, which others may be using too; by the clock on a GPU."""
    if device == "cpu":
        started = time.process_time()
        work()
        return time.process_time() - started
    started = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - started


def where(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "one CPU thread"


if __name__ == "__main__":
    main()
