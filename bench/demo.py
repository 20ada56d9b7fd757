"""Does the demo tell guilty from innocent, whatever the seed? `python -m bench.demo`

The settings were chosen on seeds from 1000 on; what is written is measured on seeds from 0 on. A
seed decides on the mark's key too, so that a repetition gives the same p-values.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.record import RESULTS, record
from isotopes.verify import Outcome, Verdict
from isotopes.workflows.demo import Digits, Material, OwnImageSet, run_demo

TUNING = 1000  # seeds from here on are for choosing settings


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--first", type=int, default=0, help="first seed")
    arguments.add_argument("--seeds", type=int, default=20, help="how many seeds")
    arguments.add_argument("--pictures", type=Path, help="an image set, in place of the digits")
    chosen = arguments.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    command = f"python -m bench.demo --first {chosen.first} --seeds {chosen.seeds}"
    name, material = "demo", material_of(chosen.pictures)
    if chosen.pictures:
        name, command = "demo-pictures", f"{command} --pictures {chosen.pictures}"
    if chosen.first >= TUNING:
        name += "-tuning"  # looked at, not reported
    told: list[str] = []
    rows = [measure(seed, material, told.append if seed == seeds[0] else silent) for seed in seeds]
    record(name, rows, command)
    (RESULTS / f"{name}.txt").write_text("\n".join(told) + "\n")
    for model in ("guilty", "innocent"):
        detected = sum(row[f"{model}_verdict"] == Outcome.DETECTED for row in rows)
        print(f"{model}: detected in {detected} of {len(rows)}")


def material_of(pictures: Path | None) -> Material:
    """What the demo is played with."""
    return Digits() if pictures is None else OwnImageSet(pictures.resolve())


def silent(line: str) -> None:
    """What the other seeds tell is not kept."""


def measure(seed: int, material: Material, tell: Callable[[str], None]) -> dict[str, object]:
    """One demo in a folder of its own, as a row of the table."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        out = Path("demo")
        result = run_demo(out, material, seed, tell)
        for line in result.in_words(out):
            tell(line)
    row: dict[str, object] = {"seed": seed, "person": result.person}
    for name, verdict in (("guilty", result.guilty), ("innocent", result.innocent)):
        row |= {f"{name}_{key}": value for key, value in _told(verdict).items()}
        row[f"{name}_accuracy"] = round(result.accuracies[name], 3)
    return {**row, "seconds": round(time.perf_counter() - started, 1)}


def _told(verdict: Verdict) -> dict[str, object]:
    return {
        "verdict": verdict.verdict.value,
        "pvalue": verdict.pvalue,
        "label": verdict.label,
        "queries": verdict.queries,
    }


if __name__ == "__main__":
    main()
