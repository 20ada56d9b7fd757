"""What do sites leave of a mark in a picture? `python -m bench.robustness [FOLDER]`

Matched filters on photos of your own, by default the two that scikit-learn ships; each photo gets
`KEYS` marks of each family from the zero key. Writes docs/results/robustness.json and the first
table in docs/robustness.md. What power is left when models train on copies:
`python -m bench.robustness.power`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.record import record
from bench.robustness.page import write_table
from bench.visibility import shipped_photos
from isotopes.marks import get_family
from isotopes.photos import read_folder
from isotopes.seeds import derive
from isotopes.workflows.robustness.measure import Kept, Survival, measure_survival

FAMILIES = ("tints", "gratings", "dead_leaves", "grade", "bent")
KEYS = 5
COMMAND = "python -m bench.robustness"


def main() -> None:
    photos = shipped_photos()
    if len(sys.argv) > 1:
        photos = [picture for _, picture in read_folder(Path(sys.argv[1]))]
    rows = [row for family in FAMILIES for row in measure_family(family, photos)]
    record("robustness", rows, " ".join([COMMAND, *sys.argv[1:]]))
    write_table(COMMAND, _table(rows))


def measure_family(name: str, photos: Sequence[NDArray[np.uint8]]) -> Iterator[dict[str, Any]]:
    """One row for each change."""
    family = get_family(name)
    found: dict[str, list[Survival]] = {}
    for key in range(KEYS):
        root = derive(bytes(32), f"isotopes/v1/bench/robustness/{key}")
        for photo in photos:
            for one in measure_survival([photo], partial(family.draw, root), family.usual_alpha):
                found.setdefault(one.change, []).append(one)
    for change, several in found.items():
        left = [one.left for one in several]
        yield {
            "family": name,
            "alpha": family.usual_alpha,
            "change": change,
            "n": len(several),
            "left": round(float(np.median(left)), 3),
            "left_min": round(min(left), 3),
            "left_max": round(max(left), 3),
            "survives": sum(one.kept is not Kept.LITTLE for one in several),
        }


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    families = list(dict.fromkeys(row["family"] for row in rows))
    yield "| after | " + " | ".join(families) + " |"
    yield "|---" * (1 + len(families)) + "|"
    for change in dict.fromkeys(row["change"] for row in rows):
        of = {row["family"]: row for row in rows if row["change"] == change}
        cells = [
            f"{of[name]['left']:.0%} ({of[name]['survives']} of {of[name]['n']})"
            for name in families
        ]
        yield f"| {change} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
