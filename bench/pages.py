"""Writes measured figures into README and docs: `python -m bench.pages`; a test compares them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.record import RESULTS
from isotopes.verify.methods.rank import Rank

README = RESULTS.parents[1] / "README.md"
PAGES = (
    README,
    RESULTS.parent / "figures.md",
    RESULTS.parent / "countermeasures.md",
    RESULTS.parent / "marks.md",
)
READ = ("calibration", "demo", "marking", "checking")
LEVEL = Rank.level  # of the demo's checks: what `check` takes by itself
ROOMS = {
    "filters": "Filters: pictures thrown away before training",
    "changes": "Changes: pictures changed before training",
    "training": "Training in another way",
    "networks": "Networks changed after training",
    "answers": "Answers changed before they are shown",
}
METHODS = {
    "V as published": "the paper's V at lambda = 0.01, 24 guilty and 48 innocent models",
    "rank, log-odds, label named, M = 199": "`check`, level 0.01, label named",
    "rank, log-odds, label searched, M = 199": "`check`, level 0.01, all 20 labels searched",
    "sequential, log-odds, label named, n = 6, h = 1": (
        "`check --method sequential`, level 0.01, label named"
    ),
}


def main() -> None:
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


def filled(text: str) -> str:
    """The page with each part between ``<!-- NAME: begin -->`` and its end written again."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, found, rest = text.partition(begin)
        if found:
            _, _, after = rest.partition(end)
            text = f"{before}{begin}{make()}{end}{after}"
    return text


def _session() -> str:
    return f"```\n{(RESULTS / 'demo.txt').read_text(encoding='utf-8')}```\n"


def _figures() -> str:
    lines = ["| what | measured | command |", "|---|---|---|", *_calibration_rows(), *_demo_rows()]
    for name in READ[2:]:
        found = _read(name)
        lines += [
            f"| {row['measure']} | {_measured(row)} | `{found['command']}` |"
            for row in found["rows"]
            if row.get("goal")
        ]
    measured = [_machine(_read(name)["machine"]) for name in READ]
    machines = "; ".join(
        f"{', '.join(name for name, one in zip(READ, measured, strict=True) if one == machine)}:"
        f" {machine}"
        for machine in dict.fromkeys(measured)
    )
    return "\n".join([*lines, "", f"Machines: {machines}. Dates and spread: docs/results.", ""])


def _machine(where: Mapping[str, Any]) -> str:
    return f"{where['cores']} cores of an {where['processor']}, {where['memory_gib']} GiB, no GPU"


def _calibration_rows() -> list[str]:
    found = _read("calibration")
    at_level = [row for row in found["rows"] if row["nominal"] == LEVEL]
    lines = []
    for method, name in METHODS.items():
        clean, others = (row for row in at_level if row["method"] == method)
        lines.append(
            f"| {name} | accuses {clean['rate']:.1%} of the time where no mark was seen,"
            f" {others['rate']:.1%} where other people's were ({clean['tests']:,} tests each);"
            f" detects {clean['power']:.1%}; queries: {clean['queries_median_guilty']:,.0f} where"
            f" guilty, {clean['queries_median_innocent']:,.0f} where innocent (medians) |"
            f" `{found['command']}` |"
        )
    return lines


def _demo_rows() -> list[str]:
    found = _read("demo")
    rows, command = found["rows"], found["command"]
    out = []
    for model in ("guilty", "innocent"):
        detected = sum(row[f"{model}_verdict"] == "detected" for row in rows)
        pvalues = sorted(row[f"{model}_pvalue"] for row in rows)
        chance = "" if model == "guilty" else _by_chance(detected, len(rows))
        out.append(
            f"| demo, the {model} model | detected in {detected} of {len(rows)} seeds,{chance}"
            f" p from {pvalues[0]:g} to {pvalues[-1]:g} | `{command}` |"
        )
    return out


def _by_chance(detected: int, models: int) -> str:
    """How likely it is that exact tests at the demo's level accuse so many innocent models."""
    from scipy.stats import binom

    if detected == 0:
        return ""
    chance = float(binom.sf(detected - 1, models, LEVEL))
    return f" exact tests at level {LEVEL:g} accuse so many with a probability of {chance:.2g};"


def _measured(row: Mapping[str, Any]) -> str:
    return f"ratio {row['ratio']:.2f} (goal: {row['goal']})"


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _countermeasures() -> str:
    """A card for each countermeasure, by the room where it acts."""
    from isotopes.lab.countermeasures import countermeasures

    lines = []
    for room, title in ROOMS.items():
        lines += [f"## {title}", "", "| name | what it does | strength | tried | source |"]
        lines += ["|---|---|---|---|---|"]
        for name, kind in countermeasures().items():
            if f".{room}." in kind.__module__:
                tried = ", ".join(f"{one:g}" for one in kind.strengths)
                lines.append(
                    f"| `{name}` | {kind.summary} | {kind.parameter} | {tried} | {kind.source} |"
                )
        lines.append("")
    return "\n".join(lines)


def _visibility() -> str:
    """What people see of each family, from `bench.visibility`."""
    found = _read("visibility")
    lines = ["| family | visibility | strength | PSNR | SSIM | SSIMULACRA 2 | FLIP |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for row in found["rows"]:
        lines.append(
            f"| {row['family']} | {row['visibility']} | {row['alpha']:g}"
            f" | {row['psnr']:.1f} ({row['psnr_min']:.1f}) "
            f"| {row['ssim']:.3f} ({row['ssim_min']:.3f})"
            f" | {row['ssimulacra2']:.0f} ({row['ssimulacra2_min']:.0f})"
            f" | {row['flip']:.2f} ({row['flip_max']:.2f}) |"
        )
    count = found["rows"][0]["n"]
    told = (
        f"{count} marked pictures a row, two photos with five marks each:"
        f" `{found['command']}`, {found['date'][:10]}."
    )
    return "\n".join([*lines, "", told, ""])


PARTS = {
    "demo": _session,
    "figures": _figures,
    "cards": _countermeasures,
    "visibility": _visibility,
}

if __name__ == "__main__":
    main()
