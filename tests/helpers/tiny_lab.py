"""Image sets in the places where tasks look for them, small enough to learn in a second."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from isotopes.lab.generators.fitting import FitPlan
from isotopes.lab.generators.generator_model import GeneratorSize
from isotopes.lab.tasks import TaskSetting, tasks
from isotopes.lab.train.recipe import Recipe

LABELS, TRAINING, HELD_OUT = 20, 20, 3
QUICK = Recipe(epochs=1, batch=32, learning_rate=0.05)


def make_tiny_lab(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data for all tasks below `folder`, a cache beside it, and settings that take a second."""
    for task in tasks().values():
        data = folder / "data" / task.folder
        if not data.exists():
            write_set(data, "train", TRAINING)
            write_set(data, "test", HELD_OUT)
        settings = {
            scale: replace(
                setting, labels=None, size=(16, 16), architecture="compact", recipe=QUICK
            )
            for scale, setting in task.settings.items()
        }
        monkeypatch.setattr(type(task), "settings", settings)
    quick = {"desk": QUICK, "paper": QUICK}
    small_networks = {"desk": "compact", "paper": "compact"}
    monkeypatch.setattr("isotopes.lab.experiments.table5.RECIPE", quick)
    monkeypatch.setattr("isotopes.lab.experiments.table5.ARCHITECTURE", small_networks)
    monkeypatch.setattr("isotopes.lab.experiments.table5.PER_LABEL", 1)  # each is a request
    small = {"desk": (16, 16), "paper": (16, 16)}
    monkeypatch.setattr("isotopes.lab.experiments.table4.SIZE", small)
    for name in ("FACES", "SIGNS"):
        own = f"isotopes.lab.models.own_marks.{name}"
        monkeypatch.setattr(own, TaskSetting(None, None, (16, 16), "compact", QUICK))
    _make_generating_tiny(monkeypatch)
    write_pool(folder / "data" / "natural", 620)
    monkeypatch.setenv("ISOTOPES_DATA", str(folder / "data"))
    monkeypatch.setenv("ISOTOPES_LAB_CACHE", str(folder / "cache"))


def _make_generating_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generators and encoders that take a few steps of training and make a few pictures."""
    plan = FitPlan(2, 8)
    size = GeneratorSize(8, 1, 2, 4, plan, plan)
    for module, name, value in (
        ("generators.conditions", "SIZES", dict.fromkeys(("desk", "paper"), size)),
        (
            "generators.conditions",
            "WAYS",
            {"all weights": (None, plan), "rank 4": (4, plan), "rank 16": (16, plan)},
        ),
        ("generators.conditions", "SIDE", 16),
        ("generators.conditions", "APART", 5),
        ("generators.conditions", "EACH", 1),
        ("generators.conditions", "FEWEST", TRAINING),
        ("generators.diagnosis.detector", "RECIPE", QUICK),
        ("generators.draws", "DECOYS", 9),
        ("generators.flow", "STEPS", 2),
        ("encoders.conditions", "PLANS", dict.fromkeys(("desk", "paper"), plan)),
        ("encoders.conditions", "NETWORKS", dict.fromkeys(("desk", "paper"), ("compact", 8))),
        ("encoders.conditions", "SIDE", 16),
        ("encoders.conditions", "EACH", 1),
        ("countermeasures.changes.autoencoder", "STEPS", 40),
        ("experiments.generating.generators", "MADE", 20),
        ("experiments.generating.generators", "NULLS", 3),
        ("experiments.generating.fine_tunes", "MADE", 6),
        ("experiments.generating.fine_tunes", "NULLS", 3),
        ("experiments.generating.encoders", "NULLS", 3),
    ):
        monkeypatch.setattr(f"isotopes.lab.{module}.{name}", value)


def write_set(folder: Path, split: str, per_label: int) -> None:
    """Noise around a colour of each label's own; named like tracks of frames."""
    rng = np.random.default_rng(len(split))
    colours = np.random.default_rng(0).integers(40, 200, (LABELS, 3))
    rows, labels = [], []
    for label, colour in enumerate(colours):
        for number in range(per_label):
            pixels = np.clip(colour + rng.integers(-40, 40, (16, 16, 3)), 0, 255).astype(np.uint8)
            rows.append({"bytes": png(pixels), "path": f"{label:05}_{number:05}.png"})
            labels.append(label)
    table = pa.table({"image": rows, "label": pa.array(labels, pa.int64())})
    names = [f"label {label}" for label in range(LABELS)]
    told = {"info": {"features": {"label": {"names": names}}}}
    folder.mkdir(parents=True, exist_ok=True)
    table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
    pq.write_table(table, folder / f"{split}-00000-of-00001.parquet")


def write_pool(folder: Path, count: int) -> None:
    """Small pictures without labels."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (count, 2, 2, 3), dtype=np.uint8)
    rows = [{"bytes": png(one), "path": f"{place:04}.png"} for place, one in enumerate(pixels)]
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"image": rows}), folder / "train-00000-of-00001.parquet")


def png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
