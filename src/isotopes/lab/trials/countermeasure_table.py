"""All countermeasures in one table: what each costs, what it leaves, and whom it gets accused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from isotopes.lab.trials.experiment import Row, Value
from isotopes.lab.trials.summary import mean_of, order_of

# Columns of each kind of marks, and of each kind of people who ask about their own pictures.
MEASURES = {
    "defence_lost": "accuracy lost",
    "rank": "power",
    "searched": "label searched",
    "v": "V",
    "rank_innocent": "false accusations",
    "v_innocent": "V, innocent",
}
OWN_MEASURES = {
    "defence_lost": "accuracy lost",
    "power_faint": "power, all of their pictures faint",
    "power": "power, all marks",
    "accused": "false accusations",
}
NONE = "none"


def countermeasure_table(
    rows: Sequence[Row], panel: str = "marks", measures: Mapping[str, str] = MEASURES
) -> Iterator[str]:
    """Lines: a row for each countermeasure and strength, the columns once for each panel.

    Args:
        panel: the column that tells the panels apart.
        measures: columns to show the means of, and what they are called.
    """
    kinds = list(dict.fromkeys(str(row[panel]) for row in rows))
    defences = sorted({str(row["defence"]) for row in rows}, key=order_of)
    defences.sort(key=lambda one: one != NONE)
    heads = [f"{kind}: {name}" for kind in kinds for name in measures.values()]
    yield f"| countermeasure | {' | '.join(heads)} |"
    yield "|---" * (1 + len(kinds) * len(measures)) + "|"
    for defence in defences:
        cells = [
            _cell([row for row in rows if (row[panel], row["defence"]) == (kind, defence)], name)
            for kind in kinds
            for name in measures
        ]
        yield f"| {defence} | " + " | ".join(cells) + " |"


def accused(rows: Sequence[Row], measure: str) -> str:
    """The rate over all tests, with an interval over marks, in words.

    Tests of one mark on models that differ in the countermeasure alone are alike; marks are not.
    """
    by_mark: dict[tuple[Value, ...], list[float]] = {}
    for row in rows:
        key = (row.get("marks"), row["seed"], row["label"])
        by_mark.setdefault(key, []).append(float(row[measure] or 0))
    means = np.array([np.mean(some) for some in by_mark.values()])
    every = [one for some in by_mark.values() for one in some]
    spread = 1.96 * means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else np.nan
    low, high = max(0.0, means.mean() - spread), min(1.0, means.mean() + spread)
    return (
        f"{sum(every):.0f} of {len(every):,} ({np.mean(every):.3f}; over the {len(means)} marks"
        f" {low:.3f} to {high:.3f})"
    )


def _cell(rows: Sequence[Row], measure: str) -> str:
    found = mean_of(rows, measure)
    return "" if found is None else f"{found.mean:.2f}"
