"""How much learned marks lift their labels, over settings: `python -m bench.calibration.effects`

Writes docs/results/effects.json and the copy that `isotopes plan` reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from bench.calibration.kept import kept
from bench.calibration.models import probes_of
from bench.calibration.sample import Asked
from bench.record import record
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import drawn, key_of, with_decoys
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.runner.store import identity
from isotopes.lab.tasks import TaskSetting
from isotopes.lab.tasks.task import task_digest
from isotopes.lab.train.recipe import RECIPES
from isotopes.lab.train.training import Model
from isotopes.verify.power import effect_table

VERSION = 1
FIRST_SEED = 6000
CELLS = list(product((0.1, 0.2, 0.3, 0.4, 0.6), (0.05, 0.1, 0.2, 0.5)))  # alpha, share
# Family, labels, pictures of each, models.
GRID = [
    ("gratings", 20, 500, 8),
    ("gratings", 20, 250, 4),
    ("gratings", 20, 100, 4),
    ("gratings", 10, 500, 4),
    ("gratings", 50, 200, 4),
    ("dead_leaves", 20, 500, 4),
    ("imagenet_blend", 20, 500, 4),
]
MARKED = 8  # labels of each model
NAMES = {"imagenet_blend": "image_blend"}  # as the product calls it
DECOYS, PROBES = 60, 80


def effect_models() -> list[MarkedModel]:
    """Models with up to 8 marks, each of another alpha and share."""
    found: list[MarkedModel] = []
    for family, labels, pictures, count in GRID:
        setting = TaskSetting(labels, pictures, (32, 32), "compact", RECIPES["desk-plain"])
        for _ in range(count):
            found.append(_model(family, setting, FIRST_SEED + len(found)))
    return found


def measured(described: MarkedModel) -> list[dict[str, Any]]:
    """Rows of the table: one for each mark of the model."""
    rows: list[dict[str, Any]] = kept("effects", described, VERSION, partial(_measure, described))
    return rows


def main() -> None:
    rows = [row for one in effect_models() for row in measured(one)]
    path = record("effects", rows, "python -m bench.calibration.effects")
    shutil.copyfile(path, effect_table.INSTALLED)


def _model(family: str, setting: TaskSetting, seed: int) -> MarkedModel:
    rng = np.random.default_rng([seed, 4])
    assert setting.labels is not None
    chosen = rng.permutation(setting.labels)[: min(MARKED, setting.labels // 2)]
    cells = rng.permutation(len(CELLS))
    isotopes = tuple(
        IsotopeSpec(int(label), drawn(family, key_of("effects", seed, label), 0), *CELLS[cell])
        for label, cell in zip(chosen, cells, strict=False)
    )
    return MarkedModel("cifar100", task_digest("cifar100"), setting, seed, isotopes)


def _measure(described: MarkedModel, model: Model) -> list[dict[str, Any]]:
    return list(_rows(described, model))


def _rows(described: MarkedModel, model: Model) -> Iterator[dict[str, Any]]:
    labels, pictures = described.setting.labels, described.setting.per_label
    assert labels is not None and pictures is not None
    probes = probes_of(described, 10)
    some = Pictures(probes.pixels[:PROBES], probes.labels[:PROBES], probes.names)
    for isotope in described.isotopes:
        marks = with_decoys(isotope.mark, DECOYS)
        asked = Asked.of(ask_marks(model.predict, some, marks, isotope.alpha))
        family = getattr(isotope.mark, "family", "")
        setting = effect_table.TrainingSetting(
            NAMES.get(family, family), isotope.alpha, isotope.mark_fraction, pictures, labels
        )
        yield effect_table.measure_effect(
            setting,
            identity(described),
            asked.values,
            isotope.label,
            asked.allowed[:, isotope.label],
        ).to_row()


if __name__ == "__main__":
    main()
