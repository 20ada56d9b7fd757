"""docs/results/calibration.md: the tables for people, from the JSON files beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.calibration.rows import NOMINAL
from bench.record import RESULTS

Row = Mapping[str, Any]
LEVEL = 0.01
BANK = (
    "Bank: {tests:,} tests a method and kind of innocent model; 24 models that saw no mark, 24 that"
    " saw one to five marks of the same family by other keys, 24 guilty ones with one to five"
    " marked labels (alpha 0.4, p = 0.1: 50 marked of 500 pictures), 6 of each task and network:"
    " CIFAR-100 and GTSRB, 20 labels each, `compact` and `resnet6`. Every test has a mark, decoys,"
    " a label and probes of its own draw; tests of one model share its answers, so the second"
    " interval, a bootstrap over models, stands beside the exact binomial one."
)


def write_page() -> None:
    """Write it again."""
    (RESULTS / "calibration.md").write_text("\n".join(_lines()) + "\n", encoding="utf-8")


def _lines() -> Iterator[str]:
    found = _read("calibration")
    rows = found["rows"]
    machine = found["machine"]
    yield "# Error rates, power and cost, measured on real models"
    yield ""
    yield (
        f"`{found['command']}`, {found['date'][:10]}; {machine['cores']} cores,"
        f" {machine['processor']}. This page is written by the same command."
    )
    yield ""
    yield BANK.format(tests=max(row["tests"] for row in rows))
    yield from _false_positives(rows)
    yield from _power(rows)
    yield from _large()
    yield from _families()
    yield from _pairs()


def _false_positives(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading("How often innocent models are accused")
    yield (
        "Observed rate at each nominal level; at 0.01 with the exact 95 % interval over tests and"
        " the one over models. With so many rows, some intervals miss their level by chance: see"
        " the count below."
    )
    yield ""
    yield "![](calibration_rates.png)"
    yield ""
    levels = " | ".join(f"{level:g}" for level in NOMINAL)
    yield f"| method | innocent models saw | {levels} | at 0.01: over tests | over models |"
    yield "|---" * (len(NOMINAL) + 4) + "|"
    for method, kind, of in _groups(rows):
        rates = " | ".join(f"{row['rate']:.4f}" for row in of)
        at = next(row for row in of if row["nominal"] == LEVEL)
        yield (
            f"| {method} | {kind} | {rates} | {at['low']:.4f} to {at['high']:.4f} |"
            f" {at['low_over_models']:.4f} to {at['high_over_models']:.4f} |"
        )
    exact = [row for row in rows if not row["method"].startswith("V")]
    missed = [row for row in exact if not row["holds"]]
    yield ""
    yield (
        f"Of {len(exact)} rates of exact tests, {len(missed)} lie above their level by more than"
        f" the interval over tests; {0.025 * len(exact):.0f} would by chance, were all tests"
        " independent and every rate exactly at its level."
    )


def _power(rows: Sequence[Row]) -> Iterator[str]:
    yield from _heading("Power and queries at level 0.01")
    yield (
        "*Choice*: on models of other seeds, on which the plans were chosen. *Afterwards*, for V:"
        " with the threshold that keeps the observed rate of false accusations at 0.01 on models"
        " with other people's marks, which is how V could be used if one had such models."
    )
    yield ""
    yield "![](calibration_roc.png) ![](calibration_cost.png)"
    yield ""
    yield (
        "| method | power | over models | choice | afterwards | queries, guilty: median, 95 % |"
        " innocent: median, 95 % |"
    )
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        if row["nominal"] == LEVEL and row["null_kind"] != "no marks" and "power" in row:
            yield _power_line(row)


def _power_line(row: Row) -> str:
    published = row["method"].startswith("V")
    afterwards = f"{row['power_at_observed_0.01']:.3f}" if published else ""
    return (
        f"| {row['method']} | {row['power']:.3f} | {row['power_low']:.3f} to"
        f" {row['power_high']:.3f} | {row['power_choice_seeds']:.3f} | {afterwards} |"
        f" {row['queries_median_guilty']:,.0f}, {row['queries_p95_guilty']:,.0f} |"
        f" {row['queries_median_innocent']:,.0f}, {row['queries_p95_innocent']:,.0f} |"
    )


def _large() -> Iterator[str]:
    found = _read("calibration_large")
    yield from _heading("The paper's network")
    yield (
        "ResNet-18 on 20 labels of CIFAR-100, 24 epochs with shifts and mirrors, 6 models of each"
        f" kind, trained on an NVIDIA H200; `{found['command']}`. Mirrors make a mark harder to"
        " learn: half of its copies are turned round."
    )
    yield ""
    yield "| method | false accusations at 0.01: no marks | other people's | power | over models |"
    yield "|---|---|---|---|---|"
    rows = [row for row in found["rows"] if row["nominal"] == LEVEL and "power" in row]
    for clean, others in zip(rows[::2], rows[1::2], strict=True):
        yield (
            f"| {clean['method']} | {clean['rate']:.4f} | {others['rate']:.4f} |"
            f" {clean['power']:.3f} | {clean['power_low']:.3f} to {clean['power_high']:.3f} |"
        )


def _families() -> Iterator[str]:
    found = _read("families")
    yield from _heading("Families at equal visibility")
    yield (
        "Two labels of each of 6 models carry a mark of each family, at the alpha that gives the"
        " PSNR; `rank` by log-odds, M = 199, level 0.01. False accusations: fresh marks on models"
        " that saw none. At about 16 dB, alpha 0.4, `gratings` and `dead_leaves` are both always"
        " found where the label is named, and lie within each other's intervals elsewhere: so few"
        " models can't part them. The default is the one that the bank above was measured with."
    )
    yield ""
    yield "| family | PSNR, dB | alpha | label | power | over models | false accusations |"
    yield "|---|---|---|---|---|---|---|"
    for row in found["rows"]:
        false = f"{row['false_positives']} of {row['tests']}" if "tests" in row else ""
        yield (
            f"| {row['family']} | {row['psnr']} | {row['alpha']:g} | {row['label']} |"
            f" {row['power']:.3f} | {row['power_low']:.3f} to {row['power_high']:.3f} | {false} |"
        )


def _pairs() -> Iterator[str]:
    found = _read("pairs")
    yield from _heading("Telling marks apart where K labels are shown")
    yield (
        "Share of pairs told apart at level 0.1 by V_D as published and by our test of claims"
        " (`check_claims`). ResNet-18 on all of CIFAR-100, 72 epochs, 25 labels marked"
        f" (alpha 0.4, p = 0.1), trained on an NVIDIA H200; `{found['command']}`. A pair of which"
        " one or both marks were never published should not be told apart."
    )
    yield ""
    yield "| family | K | pairs | how many | V_D | ours |"
    yield "|---|---|---|---|---|---|"
    for row in found["rows"]:
        yield (
            f"| {row['family']} | {row['best']} | {row['pairs_are']} | {row['pairs']} |"
            f" {row['v_d']:.3f} | {row['ours']:.3f} |"
        )


def _groups(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Rows of one method and kind, in order."""
    keys = dict.fromkeys((row["method"], row["null_kind"]) for row in rows)
    for method, kind in keys:
        yield (
            method,
            kind,
            [row for row in rows if (row["method"], row["null_kind"]) == (method, kind)],
        )


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield f"## {text}"
    yield ""


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found
