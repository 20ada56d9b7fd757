"""Train and ask all models: `python -m bench.calibration.fill [--workers N] [--large]`

Goes on where it was interrupted. With --large the paper's ResNet-18, which want a GPU.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from bench.calibration.effects import effect_models
from bench.calibration.effects import measured as measured_effects
from bench.calibration.families import innocents, learned, unused
from bench.calibration.measure import measure_guilty, measure_innocent
from bench.calibration.models import (
    CHOICE,
    CLEAN,
    EACH_TO_CHOOSE,
    GUILTY,
    LEVELS,
    OTHERS,
    clean_models,
    family_models,
    large_models,
    marked_models,
)
from bench.calibration.pairs import measured as measured_pairs
from bench.calibration.pairs import pair_models
from isotopes.lab.data.mark_pool import pool_folder
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import training_pictures

ROUND = 20  # jobs of a process

Job = tuple[Callable[[MarkedModel], Any], MarkedModel]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--large", action="store_true")
    asked = parser.parse_args()
    fill([*pair_jobs(), *large_jobs()] if asked.large else jobs(), asked.workers)


def jobs() -> list[Job]:
    """All of them, in the order in which one wants to see them."""
    return [
        *((measure_guilty, one) for one in marked_models(CHOICE, EACH_TO_CHOOSE)),
        *((measure_guilty, one) for one in marked_models(GUILTY)),
        *((measure_innocent, one) for one in clean_models()),
        *((measure_innocent, one) for one in marked_models(OTHERS)),
        *((learned, one) for level in LEVELS for one in family_models(level)),
        *((unused, one) for one in innocents()),
        *((measured_effects, one) for one in effect_models()),
    ]


def large_jobs() -> list[Job]:
    """The same for the paper's network."""
    return [
        *((measure_guilty, one) for one in large_models(GUILTY)),
        *((measure_innocent, one) for one in large_models(CLEAN)),
        *((measure_innocent, one) for one in large_models(OTHERS)),
    ]


def pair_jobs() -> list[Job]:
    """Larger ones, which take a GPU minutes each."""
    return [(measured_pairs, one) for one in pair_models()]


def fill(wanted: list[Job], workers: int) -> None:
    """Do what is not done yet."""
    pool_folder()
    for _, model in {one.task: (None, one) for _, one in wanted}.values():
        training_pictures(model.task, model.setting, 0)  # decoded once, not by each worker
    context = multiprocessing.get_context("spawn")  # torch's threads don't survive a fork
    done = 0
    # New processes now and then: what the allocator holds on to grows by gigabytes.
    for start in range(0, len(wanted), ROUND * workers):
        some = wanted[start : start + ROUND * workers]
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
            for future in as_completed([pool.submit(do, model) for do, model in some]):
                future.result()
                done += 1
                print(f"  {done}/{len(wanted)}", end="\r", flush=True)
    print()


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    main()
