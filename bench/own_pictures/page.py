"""docs/results/own_pictures.md: the figures for people, from the JSON file beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.calibration.rows import over_models
from bench.own_pictures.judge import DESIGNS, LEVEL
from bench.own_pictures.measure import BESIDE, NOMINAL
from bench.record import RESULTS
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.stats.rates import observed_rate

Row = Mapping[str, Any]
GOALS = {  # of power, by task, alpha and share
    ("faces", 0.32, 1.0): "0.95",
    ("faces", 0.32, 0.5): "0.95",
    ("cifar100", 0.5, 0.1): "0.8",
    ("gtsrb", 0.5, 0.1): "0.8",
}
TOP_1 = "two-stage, top 1"
TOP_1_GOAL = "0.8"
SHOWN = ("two-stage", "rank", "two-stage, label named", "two-stage, top 5", TOP_1, BESIDE)


def write_page(found: Mapping[str, Any]) -> None:
    """Write it again.

    Args:
        found: docs/results/own_pictures.json.
    """
    text = "\n".join(_lines(found)) + "\n"
    (RESULTS / "own_pictures.md").write_text(text, encoding="utf-8")


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    of_default = [row for row in found["rows"] if row["family"] == DEFAULT_FAMILY]
    marks = [row for row in of_default if row["what"] == "mark"]
    innocent = [row for row in of_default if row["what"] == "innocent"]
    machine = found["machine"]
    yield "# Checks of one's own pictures: error rates, power and cost"
    yield ""
    yield (
        f"`{found['command']}`, {found['date'][:10]}; {machine['cores']} cores,"
        f" {machine['processor']}. This page is written by the same command. Models:"
        f" {'; '.join(_models(marks))}."
    )
    yield ""
    yield (
        "In every model half of the labels carry a mark of the default family, `tints`. The others"
        " are innocent: their pictures carry nothing, while the model saw the marks of others."
        " Marks are put into pictures of 32 x 32 pixels, and nothing was chosen on these seeds."
        " The test weighs labels by what the model calls the pictures; the label is given only"
        " where a row says so. `two-stage` is the usual check: 6 own pictures, and 99 decoys where"
        " the mark leads the first 9. `rank` takes 199 decoys and up to 25 own pictures, 12 of"
        " labels without a mark."
    )
    yield from _innocent(innocent)
    yield from _power(marks)
    yield from _cost(marks, innocent)


def _models(marks: Sequence[Row]) -> Iterator[str]:
    kinds = dict.fromkeys((row["task"], row["network"]) for row in marks)
    for task, network in kinds:
        seeds = {row["seed"]: row["accuracy"] for row in marks if row["task"] == task}
        accuracy = float(np.mean(list(seeds.values())))
        named = ", ".join(map(str, seeds))
        yield f"{len(seeds)} of {task} ({network}, accuracy {accuracy:.2f}, seeds {named})"


def _innocent(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading("How often an innocent mark is called detected")
    yield (
        "A key that no model saw, with decoys and pictures of its own in each test. *Other people's"
        " marks*: the pictures that are asked about were learned unmarked. *The same pictures by"
        " another key*: they were learned with a mark, and the test is of another. Tests of one"
        " label share its answers, so an interval over models stands beside the exact one."
    )
    yield ""
    levels = " | ".join(f"{level:g}" for level in NOMINAL)
    yield f"| test | the model saw | tests | {levels} | at 0.01: over tests | over models |"
    yield "|---" * (len(NOMINAL) + 5) + "|"
    above = 0
    keys = dict.fromkeys((row["test"], row["saw"]) for row in rows)
    for test, saw in keys:
        some = [row for row in rows if (row["test"], row["saw"]) == (test, saw)]
        tests = sum(row["tests"] for row in some)
        hits = {level: sum(row[f"accused_{level:g}"] for row in some) for level in NOMINAL}
        rate = observed_rate(hits[LEVEL], tests)
        above += sum(not observed_rate(hits[level], tests).at_most(level) for level in NOMINAL)
        over = over_models([_hits(row) for row in some])
        rates = " | ".join(f"{hits[level] / tests:.4f}" for level in NOMINAL)
        yield (
            f"| {test} | {saw} | {tests:,} | {rates} | {rate.low:.4f} to {rate.high:.4f} |"
            f" {over[0]:.4f} to {over[1]:.4f} |"
        )
    yield ""
    every = len(keys) * len(NOMINAL)
    yield (
        f"Of {every} rates, {above} lie above their level by more than the interval over tests;"
        f" {0.025 * every:.0f} would by chance, were all tests independent."
    )


def _hits(row: Row) -> NDArray[np.bool_]:
    return np.arange(int(row["tests"])) < int(row[f"accused_{LEVEL:g}"])


def _power(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading("How often a learned mark is found, level 0.01")
    yield (
        "Share of marks found, over ten tests of each with other decoys and pictures; in brackets"
        " the exact 95 % interval of the first column, as if marks of one model were independent,"
        " which they are not quite. The goals are those that the project set itself for checks"
        " without a label, within 625 queries; where a goal is missed, this page says so. Other"
        " families, and what people see: [power against visibility](frontier.md)."
    )
    yield ""
    yield "| pictures | marked | dB | marks | " + " | ".join(SHOWN) + " | goal |"
    yield "|---" * (len(SHOWN) + 5) + "|"
    keys = dict.fromkeys((row["task"], row["alpha"], row["share"]) for row in rows)
    for key in sorted(keys):
        some = [row for row in rows if (row["task"], row["alpha"], row["share"]) == key]
        powers = [float(np.mean([row["found"][test] for row in some])) for test in SHOWN]
        rate = observed_rate(round(powers[0] * len(some)), len(some))
        cells = [f"{powers[0]:.2f} ({rate.low:.2f} to {rate.high:.2f})"]
        cells += [f"{power:.2f}" for power in powers[1:]]
        yield (
            f"| {key[0]}, {_span(some)} a label | {key[2]:.0%} | {_decibels(key[1]):.0f} |"
            f" {len(some)} | {' | '.join(cells)} | {_goal(key, powers[0])} |"
        )
    yield ""
    yield from _top_1(rows)


def _top_1(rows: Sequence[Row]) -> Iterator[str]:
    some = [row for row in rows if (row["task"], row["alpha"]) == ("faces", 0.32)]
    if some:
        power = float(np.mean([row["found"][TOP_1] for row in some]))
        told = "reached" if power >= float(TOP_1_GOAL) else "missed"
        yield (
            f"Answers that are only the best label, faces at 32 dB, half or all marked: {power:.2f}"
            f" of {len(some)} marks. Goal {TOP_1_GOAL}: {told}."
        )


def _goal(key: tuple[str, float, float], power: float) -> str:
    goal = GOALS.get(key)
    if goal is None:
        return ""
    return f"{goal}: {'reached' if power >= float(goal) else '**missed**'}"


def _span(rows: Sequence[Row]) -> str:
    counts = [row["pictures"] for row in rows]
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _decibels(alpha: float) -> float:
    """PSNR of tints: the root mean square of their levels is 20 of 255."""
    return float(-20 * np.log10(alpha * 20 / 255))


def _cost(marks: Sequence[Row], innocent: Sequence[Row]) -> Iterator[str]:
    yield from _heading("Queries")
    yield "| test | innocent, median | guilty, median | most | power, all marks together |"
    yield "|---|---|---|---|---|"
    for test in DESIGNS:
        counts: dict[int, int] = {}
        for row in innocent:
            if row["test"] == test:
                for queries, times in row["queries"].items():
                    counts[int(queries)] = counts.get(int(queries), 0) + times
        every = np.repeat(sorted(counts), [counts[queries] for queries in sorted(counts)])
        guilty = np.median([row["queries"][test] for row in marks])
        power = np.mean([row["found"][test] for row in marks])
        yield (
            f"| {test} | {np.median(every):,.0f} | {guilty:,.0f} | {every.max():,} | {power:.3f} |"
        )


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield f"## {text}"
    yield ""
