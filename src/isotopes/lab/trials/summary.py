"""Means over seeds within each condition, compared with the paper's numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isotopes.lab.trials.experiment import Figure, PaperNumber, Row, Value

NUMBER = re.compile(r"(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Mean:
    """One measure in one condition.

    Attributes:
        mean: of the seeds' means.
        low, high: the lowest and highest seed's mean.
        seeds: how many.
        rows: how many rows those means are over.
    """

    mean: float
    low: float
    high: float
    seeds: int
    rows: int

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Comparison:
    """A number of the paper beside ours.

    Attributes:
        claim: the paper's.
        ours: None if no row of ours speaks of it.
        agrees: ours is within the claim's tolerance of the number, or of the side that the paper
            names.
    """

    claim: PaperNumber
    ours: Mean | None
    agrees: bool


def conditions(rows: Sequence[Row], figure: Figure) -> dict[tuple[Value, ...], list[Row]]:
    """The rows of each condition, in the order of the figure's panel, series and axis."""
    found: dict[tuple[Value, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row.get(name) for name in figure.conditions), []).append(row)
    return dict(sorted(found.items(), key=lambda item: [order_of(value) for value in item[0]]))


def order_of(value: Value) -> tuple[tuple[int, float, str], ...]:
    """What to sort conditions by: numbers within names count as numbers, so 3 comes before 10."""
    if isinstance(value, int | float):
        return ((1, float(value), ""),)
    # Every second part is a number.
    parts = enumerate(NUMBER.split(str(value)))
    return tuple((1, float(part), "") if at % 2 else (0, 0.0, part) for at, part in parts)


def mean_of(rows: Sequence[Row], measure: str) -> Mean | None:
    """The mean of a measure over rows of one condition; None if no row has it."""
    by_seed: dict[Value, list[float]] = {}
    for row in rows:
        value = row.get(measure)
        if isinstance(value, int | float):
            by_seed.setdefault(row["seed"], []).append(value)
    if not by_seed:
        return None
    means = [float(np.mean(values)) for values in by_seed.values()]
    count = sum(len(values) for values in by_seed.values())
    low, high = min(means), max(means)
    # Rounding: the mean of three times 0.8 is slightly more than 0.8.
    middle = min(max(float(np.mean(means)), low), high)
    return Mean(middle, low, high, len(means), count)


def compare(claims: Sequence[PaperNumber], rows: Sequence[Row]) -> list[Comparison]:
    """Each number of the paper beside ours."""
    found = []
    for claim in claims:
        ours = mean_of([row for row in rows if claim.speaks_of(row)], claim.measure)
        found.append(Comparison(claim, ours, ours is not None and _agrees(claim, ours.mean)))
    return found


def _agrees(claim: PaperNumber, ours: float) -> bool:
    # Slightly more, because 0.9 and 1 - 0.1 differ in the last bit.
    off = claim.tolerance + 1e-9
    below, above = ours < claim.value - off, ours > claim.value + off
    return not {"=": below or above, ">=": below, "<=": above}[claim.relation]
