"""Power against visibility, family by family: `python -m bench.frontier`

Power comes from the marks that `python -m bench.own_pictures` judged, visibility from photos at
screen size (by default the two that scikit-learn ships, `KEYS` marks each). Needs the extra
`visibility`. Writes docs/results/frontier.json and frontier.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from bench.calibration.rows import over_models
from bench.own_pictures.__main__ import FOUND_BY
from bench.record import RESULTS, record
from bench.visibility import shipped_photos, summary
from isotopes.blending import blend
from isotopes.marks import get_family
from isotopes.photos.perceived import perceived_difference
from isotopes.stats.rates import observed_rate

COMMAND = "python -m bench.frontier"
KEYS = 4
Row = dict[str, Any]


def main() -> None:
    found = json.loads((RESULTS / "own_pictures.json").read_bytes())
    rows = list(frontier([row for row in found["rows"] if row["what"] == "mark"]))
    path = record("frontier", rows, COMMAND)
    write_page(json.loads(path.read_bytes()))


def frontier(marks: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """One row for each data set, family, share and visibility, the least visible first."""
    keys = {(row["task"], row["share"], row["alpha"], row["family"]) for row in marks}
    for task, share, alpha, family in sorted(keys):
        some = [
            row
            for row in marks
            if (row["task"], row["share"], row["alpha"], row["family"])
            == (task, share, alpha, family)
        ]
        found = [row["found"][FOUND_BY] for row in some]
        rate = observed_rate(round(sum(found)), len(found))
        seeds = sorted({row["seed"] for row in some})
        over = over_models(
            [np.array([row["found"][FOUND_BY] for row in some if row["seed"] == s]) for s in seeds]
        )
        yield {
            "task": task,
            "family": family,
            "alpha": alpha,
            "share": share,
            "seeds": seeds,
            "marks": len(some),
            "power": round(float(np.mean(found)), 3),
            "low": round(rate.low, 3),
            "high": round(rate.high, 3),
            "low_over_models": over[0],
            "high_over_models": over[1],
            **visibility(family, alpha),
        }


@cache
def visibility(name: str, alpha: float) -> Row:
    """What people see: median, least and greatest of each measure."""
    family = get_family(name)
    marks = [family.draw(bytes(32), index) for index in range(KEYS)]
    return summary(
        [
            perceived_difference(photo, blend(photo, mark, alpha))
            for photo in shipped_photos()
            for mark in marks
        ]
    )


def write_page(found: Mapping[str, Any]) -> None:
    """docs/results/frontier.md, written anew."""
    text = "\n".join(_lines(found)) + "\n"
    (RESULTS / "frontier.md").write_text(text, encoding="utf-8")


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield "# Power against visibility"
    yield ""
    yield (
        f"`{found['command']}`, {found['date'][:10]}. This page is written by the same command."
        " Power: how often the usual check finds a mark, with own pictures, no label and level"
        " 0.01; in brackets the exact 95 % interval, as if marks of one model were independent."
        " The models are those of [own pictures](own_pictures.md). Visibility: medians over two"
        f" photos of 640 x 427 and {KEYS} keys each, the worst in brackets. SSIMULACRA 2: 90 can't"
        " be told apart, 70 is high quality. FLIP: 0 is the same. `bent` moves pixels:"
        " all but FLIP condemn that, and people hardly see it. Strengths of `grade` and `bent`"
        " change small faces by 32 and 28 dB; they were chosen with other seeds."
    )
    for task in dict.fromkeys(row["task"] for row in found["rows"]):
        of_task = [row for row in found["rows"] if row["task"] == task]
        yield ""
        yield f"## {task}"
        yield ""
        yield "| marked | family | alpha | PSNR, dB | SSIM | SSIMULACRA 2 | FLIP | marks | power |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for row in sorted(of_task, key=lambda one: (-one["share"], -one["psnr"])):
            yield (
                f"| {row['share']:.0%} | {row['family']} | {row['alpha']:g} |"
                f" {row['psnr']:.1f} ({row['psnr_min']:.1f}) |"
                f" {row['ssim']:.3f} ({row['ssim_min']:.3f}) |"
                f" {row['ssimulacra2']:.0f} ({row['ssimulacra2_min']:.0f}) |"
                f" {row['flip']:.3f} ({row['flip_max']:.3f}) | {row['marks']} |"
                f" {row['power']:.2f} ({row['low']:.2f} to {row['high']:.2f}) |"
            )


if __name__ == "__main__":
    main()
