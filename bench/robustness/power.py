"""What power is left when models train on copies? `python -m bench.robustness.power [--fill]`

People mark their pictures of 112 x 112 pixels and publish them. A model trains on copies of all
pictures, each person's made in one way, as if each used another site. Each person asks it by the
usual check, with the files that they published from. With --fill, trains and asks what isn't there
yet: about a minute a model on one free core. Writes docs/results/robustness_power.json and the
second table in docs/robustness.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from bench.record import record
from bench.robustness.copies import COPIES, copies_trial
from bench.robustness.page import write_table
from isotopes.lab.folders import cache_folder
from isotopes.lab.models.own_marks import FAINT
from isotopes.lab.runner.store import Store
from isotopes.lab.tasks import training_pictures
from isotopes.marks import get_family
from isotopes.seeds import derive
from isotopes.stats.rates import observed_rate
from isotopes.workflows.robustness.measure import Kept, measure_survival

COMMAND = "python -m bench.robustness.power"
SEEDS = (8700, 8701, 8702, 8703, 8704, 8705)  # for reporting only; nothing was chosen on them
KEYS, FACES = 10, 6  # marks, and the faces that each is looked for in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", action="store_true", help="train and ask what isn't there yet")
    store = Store(cache_folder())
    if parser.parse_args().fill:
        fill(store)
    left = left_in_faces()
    outcomes = [store.found(copies_trial(seed)) for seed in SEEDS]
    found = [row for outcome in outcomes if outcome is not None for row in outcome.rows]
    rows = [
        row for copy in COPIES for row in rows_of(copy, [x for x in found if x["copy"] == copy])
    ]
    path = record("robustness_power", [{**row, **left[row["copy"]]} for row in rows], COMMAND)
    write_table(COMMAND, table(json.loads(path.read_bytes())))


def fill(store: Store) -> None:
    """Train and ask what isn't there yet; an interrupted training resumes."""
    torch.set_num_threads(1)
    for seed in SEEDS:
        trial = copies_trial(seed)
        if store.found(trial) is None:
            for model in trial.models():
                store.train(model)
            seconds = store.measure(trial).seconds
            print(f"seed {seed}: {seconds:.0f} s", flush=True)


def rows_of(copy: str, found: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row for a kind of copy; none if no model was trained on it.

    Args:
        found: a row for each person of each of its models.
    """
    if not found:
        return
    marked = [row for row in found if row["power"] is not None]
    faint = [row for row in marked if row["power_faint"] is not None]
    plain = [row for row in marked if row["power_faint"] is None]
    yield {
        "copy": copy,
        "seeds": sorted({row["seed"] for row in found}),
        "accuracy": round(float(np.mean([row["accuracy"] for row in found])), 3),
        **_rate("faint", [row["power"] for row in faint]),
        **_rate("plain", [row["power"] for row in plain]),
        **_rate("innocent", [row["accused"] for row in found if row["accused"] is not None]),
    }


def left_in_faces() -> dict[str, dict[str, Any]]:
    """What a matched filter finds of the mark in copies of such faces, at the default strength."""
    published = copies_trial(SEEDS[0]).model
    pixels = training_pictures(published.task, published.setting, published.seed).pixels
    order = np.random.default_rng(0).permutation(len(pixels))
    family, found = get_family("tints"), dict[str, list[Any]]()
    for key in range(KEYS):
        root = derive(bytes(32), f"isotopes/v1/bench/robustness/power/{key}")
        faces = list(pixels[order[key * FACES : (key + 1) * FACES]])
        draw = partial(family.draw, root)
        for one in measure_survival(faces, draw, FAINT, changes=COPIES):
            found.setdefault(one.change, []).append(one)
    return {
        copy: {
            "left": round(float(np.median([one.left for one in several])), 3),
            "survives": sum(one.kept is not Kept.LITTLE for one in several),
            "keys": len(several),
        }
        for copy, several in found.items()
    }


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """Lines: a row for each kind of copy, and what all of them are of."""
    rows = found["rows"]
    yield "| copies | left of the mark | found, 32 dB | found, 28 dB | innocent, called detected |"
    yield "|---" * 5 + "|"
    for row in rows:
        yield (
            f"| {row['copy']} | {row['left']:.0%} ({row['survives']} of {row['keys']}) |"
            f" {_cell(row, 'faint')} | {_cell(row, 'plain')} |"
            f" {row['innocent_hits']} of {row['innocent_tests']} |"
        )
    hits, tests = (sum(row[f"innocent_{name}"] for row in rows) for name in ("hits", "tests"))
    rate = observed_rate(hits, tests)
    seeds = sorted({seed for row in rows for seed in row["seeds"]})
    accuracy = float(np.mean([row["accuracy"] for row in rows]))
    machine = found["machine"]
    yield ""
    yield (
        f"`{found['command']}`, {found['date'][:10]}, {machine['cores']} cores,"
        f" {machine['processor']}. Models: {len(seeds)} of accuracy {accuracy:.2f}. Seeds"
        f" {', '.join(map(str, seeds))}. In brackets how many of how many marks, and the exact"
        " 95 % interval as if marks of one model were independent. Innocent marks called detected"
        f" at level 0.01: {hits} of {tests} ({rate.rate:.3f}, {rate.low:.3f} to {rate.high:.3f})."
    )


def _rate(name: str, hits: Sequence[Any]) -> dict[str, Any]:
    rate = observed_rate(round(sum(hits)), len(hits))
    return {
        f"{name}_hits": rate.successes,
        f"{name}_tests": rate.trials,
        f"{name}_rate": round(rate.rate, 3),
        f"{name}_low": round(rate.low, 3),
        f"{name}_high": round(rate.high, 3),
    }


def _cell(row: Mapping[str, Any], name: str) -> str:
    return (
        f"{row[f'{name}_rate']:.2f} ({row[f'{name}_hits']} of {row[f'{name}_tests']};"
        f" {row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"
    )


if __name__ == "__main__":
    main()
