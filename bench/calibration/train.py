"""Train the bank: `python -m bench.calibration.train`. Goes on where it was interrupted."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.calibration.models import (
    GUILTY,
    LEVELS,
    OTHERS,
    clean_models,
    family_models,
    marked_models,
)
from isotopes.lab.bank import Bank
from isotopes.lab.marked_model import MarkedModel
from isotopes.lab.places import cache_folder
from isotopes.lab.tasks import training_pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    workers = parser.parse_args().workers
    for name, models in bank_of_models().items():
        print(f"{name}: {len(models)} models", flush=True)
        training_pictures(models[0].task, models[0].setting, 0)  # decoded once, not by each worker
        training_pictures(models[-1].task, models[-1].setting, 0)
        open_bank().fill(models, workers=workers, progress=_tell)


def bank_of_models() -> dict[str, list[MarkedModel]]:
    """All models, by what they are for."""
    families = {f"families at {level:g} dB": family_models(level) for level in LEVELS}
    return families | {
        "clean": clean_models(),
        "others": marked_models(OTHERS),
        "guilty": marked_models(GUILTY),
    }


def open_bank() -> Bank:
    """Where the models lie."""
    return Bank(Path(cache_folder()) / "calibration")


def _tell(done: int, every: int) -> None:
    print(f"  {done}/{every}", end="\n" if done == every else "\r", flush=True)


if __name__ == "__main__":
    main()
