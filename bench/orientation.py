"""What does a trainer that ignores EXIF's orientation do to a mark? `python -m bench.orientation`

Phones store portraits sideways and say so in EXIF. A trainer that heeds the tag sees the picture
upright, one that ignores it sees it on its side. Labels of one data set get an isotope each, under
five conditions; turned pictures are turned by 90 degrees with their mark, or the mark alone is:

  upright         every picture and mark upright: EXIF heeded, or the rotation baked into pixels;
  half sideways   half of the label's pictures are on their side, with their marks;
  all sideways    all of them are;
  stored, ignored half on their side, but all marks upright in the pixels as stored: the mark was
                  laid on stored pixels, and the trainer ignores EXIF;
  stored, heeded  all pictures upright, half of the marks on their side: the same, EXIF heeded.

Each isotope is tested against its decoys with upright probes, with probes on their side (picture
and mark), and with both, whose scores are added up for the mark and for each decoy alike.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.record import record
from isotopes.blending import Insertion
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.tasks import get_task, training_pictures
from isotopes.lab.tasks.task import probe_pictures
from isotopes.lab.train.recipe import RECIPES
from isotopes.lab.train.training import Model, train
from isotopes.marks import Mark, get_family
from isotopes.seeds import derive
from isotopes.stats.scores.statistic import log_odds

TASK, LABELS, PER_LABEL = "cifar100", 20, 250
SEEDS = range(90, 95)  # each takes some four minutes of one core
ALPHA, MARK_FRACTION = 0.4, 0.2
DECOYS, PROBES = 39, 60
LEVEL = 0.05
ROOT = bytes(32)


@dataclass(frozen=True)
class Condition:
    """How a label's pictures reach training.

    Attributes:
        sideways: share of the pictures that are on their side.
        turned_marks: share of the marks that are on their side in an upright picture.
        marks_turn: whether a mark turns with its picture.
    """

    name: str
    sideways: float = 0.0
    turned_marks: float = 0.0
    marks_turn: bool = True


CONDITIONS = (
    Condition("upright"),
    Condition("half sideways", sideways=0.5),
    Condition("all sideways", sideways=1.0),
    Condition("stored, ignored", sideways=0.5, marks_turn=False),
    Condition("stored, heeded", turned_marks=0.5),
)
PROBED = ("upright", "sideways", "both")


def main() -> None:
    import torch

    torch.set_num_threads(max(1, len(os.sched_getaffinity(0))))
    found: list[Row] = []
    for seed in SEEDS:
        found += measure(seed)
        print(f"seed {seed}: {len(found)} tests so far", flush=True)
    rows: list[dict[str, object]] = []
    for condition in CONDITIONS:
        for probed in PROBED:
            mine = [row for row in found if (row.condition, row.probed) == (condition.name, probed)]
            gaps = np.array([row.gap for row in mine])
            rows.append(
                {
                    "condition": condition.name,
                    "probes": probed,
                    "isotopes": len(mine),
                    "detected": round(float(np.mean([row.pvalue <= LEVEL for row in mine])), 2),
                    "median_gap": round(float(np.median(gaps)), 2),
                    "low_gap": round(float(np.quantile(gaps, 0.25)), 2),
                    "high_gap": round(float(np.quantile(gaps, 0.75)), 2),
                }
            )
    record("orientation", rows, "python -m bench.orientation")


@dataclass(frozen=True)
class Row:
    """One isotope, probed in one way: by how many standard deviations of the decoys' scores the
    mark's is above their mean, and its rank's p-value."""

    condition: str
    probed: str
    gap: float
    pvalue: float


def measure(seed: int) -> Iterator[Row]:
    """One network with an isotope in each of its labels."""
    setting = replace(
        get_task(TASK).settings["desk"],
        labels=LABELS,
        per_label=PER_LABEL,
        recipe=RECIPES["desk-plain"],
    )
    pictures = training_pictures(TASK, setting, seed)
    rng = np.random.default_rng([seed, 9])
    given = rng.permutation(np.arange(LABELS) % len(CONDITIONS))
    pixels = pictures.pixels.copy()
    for label in range(LABELS):
        mine = np.flatnonzero(pictures.labels == label)
        pixels[mine] = prepared(pixels[mine], draw(seed, label, 0), CONDITIONS[given[label]], rng)
    model = train(setting.architecture, replace(pictures, pixels=pixels), setting.recipe, seed)
    probes = probe_pictures(TASK, setting, seed, PROBES // LABELS + 3)
    for label in range(LABELS):
        scores = score(model, probes, seed, label, rng)
        both = scores["upright"] + scores["sideways"]
        for probed, values in {**scores, "both": both}.items():
            decoys = values[1:]
            yield Row(
                CONDITIONS[given[label]].name,
                probed,
                float((values[0] - decoys.mean()) / decoys.std(ddof=1)),
                float((1 + (decoys >= values[0]).sum()) / (1 + len(decoys))),
            )


def draw(seed: int, label: int, index: int) -> Mark:
    """The mark (0) or a decoy of a label."""
    return get_family("gratings").draw(derive(ROOT, f"bench/orientation/{seed}/{label}"), index)


def prepared(
    pixels: NDArray[np.uint8], mark: Mark, condition: Condition, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A label's pictures as training sees them."""
    out = pixels.copy()
    marked = rng.permutation(len(out)) < round(MARK_FRACTION * len(out))
    sideways = rng.random(len(out)) < condition.sideways
    turned = rng.random(len(out)) < condition.turned_marks
    for index in range(len(out)):
        picture = out[index]
        if marked[index] and condition.marks_turn:
            picture = inserted(picture, mark, turned=bool(turned[index]))
        if sideways[index]:
            picture = np.rot90(picture)
        if marked[index] and not condition.marks_turn:
            picture = inserted(np.ascontiguousarray(picture), mark, turned=False)
        out[index] = picture
    return out


def inserted(picture: NDArray[np.uint8], mark: Mark, *, turned: bool) -> NDArray[np.uint8]:
    """With the mark upright, or on its side."""
    insertion = Insertion.blend(ALPHA)
    if not turned:
        return insertion.apply(picture, mark)
    upright = np.ascontiguousarray(np.rot90(picture, -1))
    return np.ascontiguousarray(np.rot90(insertion.apply(upright, mark)))


def score(
    model: Model, probes: Pictures, seed: int, label: int, rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Mean log-odds of the label, for the mark and each decoy, shape (1 + DECOYS,)."""
    others = np.flatnonzero(probes.labels != label)
    some = probes.pixels[rng.permutation(others)[:PROBES]]
    insertion = Insertion.blend(ALPHA)
    upright = np.stack(
        [insertion.apply(some, draw(seed, label, index)) for index in range(1 + DECOYS)]
    )
    flat = upright.reshape(-1, *upright.shape[2:])
    views = {"upright": flat, "sideways": np.rot90(flat, axes=(1, 2))}
    return {
        name: log_odds(model.predict(np.ascontiguousarray(view)).astype(np.float64)[:, label])
        .reshape(len(upright), -1)
        .mean(axis=1)
        for name, view in views.items()
    }


if __name__ == "__main__":
    main()
