"""docs/results/own_statistics.md: the figures for people, from the JSON file beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.calibration.rows import over_models
from bench.record import RESULTS

Row = Mapping[str, Any]
USES = {"reported": "Reported", "chosen on": "Chosen on"}
NAMES = {"gtsrb": "traffic signs"}


def write_page(found: Mapping[str, Any]) -> None:
    """Write it again.

    Args:
        found: docs/results/own_statistics.json.
    """
    text = "\n".join(_lines(found)) + "\n"
    (RESULTS / "own_statistics.md").write_text(text, encoding="utf-8")


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    rows, machine = found["rows"], found["machine"]
    yield "# Statistics of one's own pictures, behind what services do to answers"
    yield ""
    yield (
        f"`{found['command']}`, {found['date'][:10]}; {machine['cores']} cores,"
        f" {machine['processor']}. This page is written by the same command, from the answers of"
        " [own_pictures](own_pictures.md); no model was asked again."
    )
    yield ""
    yield (
        "The usual check at level 0.01: 6 own pictures, the label not given, 99 decoys in two"
        " stages. *centred log ratio*: log p of the labels, weighed by how often each is the best,"
        " less the mean over all labels. *tempered-odds*: log-odds of answers that are first"
        " brought to one sharpness (docs/statistics.md). A temperature is applied to"
        " the probabilities, and noise on the logits is drawn anew for every query."
        " In brackets: 95 % intervals, models drawn with replacement."
    )
    for use, heading in USES.items():
        some = [row for row in rows if row["use"] == use]
        if some:
            yield from _part(heading, some)


def _part(heading: str, rows: Sequence[Row]) -> Iterator[str]:
    kinds = dict.fromkeys((row["task"], row["family"]) for row in rows)
    for task, family in kinds:
        some = [row for row in rows if (row["task"], row["family"]) == (task, family)]
        seeds = ", ".join(map(str, sorted({row["seed"] for row in some})))
        yield ""
        yield f"## {heading}: {NAMES.get(task, task)}, {family}, seeds {seeds}"
        usual = [row for row in some if row["design"] == "usual"]
        yield ""
        yield from _table(usual, "mark", "Marks found")
        yield ""
        yield from _table(usual, "innocent", "Innocent keys called detected")
        yield from _noise(some)


def _table(rows: Sequence[Row], of: str, title: str) -> Iterator[str]:
    some = [row for row in rows if row["of"] == of]
    one_cell = some[0]["service"], some[0]["statistic"]
    tests = sum(r["tests"] for r in some if (r["service"], r["statistic"]) == one_cell)
    yield from _grid(some, f"{title}, of {tests:,} tests a cell", "statistic", of)


def _noise(rows: Sequence[Row]) -> Iterator[str]:
    some = [row for row in rows if row["of"] == "mark" and row["design"] != "usual"]
    if not some:
        return
    yield ""
    yield from _grid(some, "Marks found by log-odds", "design", "mark")


def _grid(rows: Sequence[Row], title: str, across: str, of: str) -> Iterator[str]:
    """A line for each service, a column for each value of `across`."""
    names = list(dict.fromkeys(row[across] for row in rows))
    yield f"| {title} | {' | '.join(names)} |"
    yield "|---" * (1 + len(names)) + "|"
    for service in dict.fromkeys(row["service"] for row in rows):
        cells = [
            _rate([r for r in rows if (r["service"], r[across]) == (service, name)], of)
            for name in names
        ]
        yield f"| {service} | {' | '.join(cells)} |"


def _rate(rows: Sequence[Row], of: str) -> str:
    hits, tests = (sum(row[name] for row in rows) for name in ("hits", "tests"))
    if of == "innocent":
        return f"{hits / tests:.4f}"
    if len(rows) < 2:
        return f"{hits / tests:.2f}"
    low, high = over_models([np.arange(row["tests"]) < row["hits"] for row in rows])
    return f"{hits / tests:.2f} ({low:.2f} to {high:.2f})"
