"""What `check --pictures` costs, whom it accuses, what it finds. `python -m bench.matching PART`

cost: processor time of drawing and comparing a draw, by family, and of making the filter from 1,000
pictures of 64 pixels. Two cores share the draws, so 99,999 decoys take half of their sum there.

nulls: 1,000 fresh roots, each with its mark and 99 decoys of a family that is quick to draw, for
faces that carry nothing, and for the same with other people's marks at 28 dB. How often is p at
most 0.01, 0.05 and 0.1?

power: photographs ($ISOTOPES_DATA/natural) with a part of a mark added, as if a generator had kept
it: `share` of what the mark adds to grey. Of six marks, those with p <= 0.001 among 999 decoys.
"""

from __future__ import annotations

import argparse
import time
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bench.record import record
from isotopes.lab.data.mark_pool import pool_folder
from isotopes.lab.generators.owners import marking, owners, with_marks
from isotopes.lab.generators.picture_sets import picture_set
from isotopes.marks import Mark, get_family
from isotopes.photos import read_folder
from isotopes.stats.exact.rank import rank_test_over_labels
from isotopes.verify.matching.matched_filter import MatchedFilter, matched_filter
from isotopes.verify.matching.small import SIDE, pattern, small

FAMILIES = ("tints", "gratings", "dead_leaves")
TIMED, PICTURES = 400, 1000
ROOTS, FEW = 1000, 99
RATES = (0.01, 0.05, 0.1)
DECOYS, LEVEL = 999, 0.001
SHARES = (0.004, 0.008, 0.016)
NUMBERS = (100, 500)  # of pictures
MARKS = 6
Row = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", choices=("cost", "nulls", "power"))
    part: str = parser.parse_args().part
    rows = {"cost": cost, "nulls": nulls, "power": power}[part]()
    record(f"matching-{part}", rows, f"python -m bench.matching {part}")


def cost() -> list[Row]:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (PICTURES, SIDE, SIDE, 3)).astype(np.uint8)
    start = time.process_time()
    matched = matched_filter(pictures, [None] * PICTURES)
    making = time.process_time() - start
    rows: list[Row] = []
    for name in FAMILIES:
        start = time.process_time()
        family = get_family(name)
        matched.scores(family.draw(bytes(32), at) for at in range(TIMED))
        each = (time.process_time() - start) / TIMED
        rows.append(
            {
                "family": name,
                "filter_s": round(making, 2),
                "draw_ms": round(1000 * each, 2),
                "two_cores_99999_s": round(making + 100_000 * each / 2),
            }
        )
    return rows


def nulls() -> list[Row]:
    clean = picture_set("faces", SIDE).open()
    markings = [marking(family, "matching") for family in FAMILIES]
    others = with_marks(clean, owners(clean, markings, seed=1), seed=1)
    family = get_family("pixel_square")
    filters = {
        carry: matched_filter(pictures.pixels[:PICTURES], [None] * PICTURES)
        for carry, pictures in (("nothing", clean), ("others' marks", others))
    }
    pvalues: dict[str, list[float]] = {carry: [] for carry in filters}
    for root in range(ROOTS):
        marks = [family.draw(root.to_bytes(32), at) for at in range(1 + FEW)]
        for carry, matched in filters.items():
            pvalues[carry].append(rank_test_over_labels(matched.scores(marks), level=1).pvalue)
    return [
        {
            "pictures_carry": carry,
            "roots": ROOTS,
            **{f"accused_{level}": float(np.mean(np.array(found) <= level)) for level in RATES},
        }
        for carry, found in pvalues.items()
    ]


def power() -> list[Row]:
    natural = np.stack([small(picture) for _, picture in read_folder(pool_folder())])
    rows: list[Row] = []
    for name in FAMILIES[:2]:
        detected = dict.fromkeys(product(NUMBERS, SHARES), 0)
        for key in range(MARKS):
            marks = [get_family(name).draw(bytes([key]) * 32, at) for at in range(1 + DECOYS)]
            for number, share in detected:
                matched = _filter_of(natural[:number], marks[0], share)
                pvalue = rank_test_over_labels(matched.scores(marks), level=1).pvalue
                detected[number, share] += pvalue <= LEVEL
        rows += [
            {"family": name, "pictures": number, "share": share, "detected": count, "of": MARKS}
            for (number, share), count in detected.items()
        ]
    return rows


def _filter_of(pictures: NDArray[np.uint8], mark: Mark, share: float) -> MatchedFilter:
    """Of the pictures with so much of the mark in each."""
    rng = np.random.default_rng(3)
    added = pictures + 255 * share * pattern(mark)
    dithered = np.clip(np.floor(added + rng.random(added.shape)), 0, 255).astype(np.uint8)
    return matched_filter(dithered, [None] * len(dithered))


if __name__ == "__main__":
    main()
