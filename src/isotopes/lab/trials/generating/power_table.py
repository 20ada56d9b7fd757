"""How often marks were found, condition by condition, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from isotopes.lab.trials.audit_table import rate_with_interval
from isotopes.lab.trials.experiment import Row


def power_table(
    rows: Sequence[Row], apart: Sequence[str], rates: Mapping[str, str], pvalue: str
) -> Iterator[str]:
    """Lines of Markdown, a condition each: rates with exact 95 % intervals, and the median p-value.

    Args:
        apart: columns of which each combination is a condition.
        rates: columns of zeros and ones, each with what the table calls it. Conditions without any
            are left out.
        pvalue: the column of p-values.
    """
    yield "| " + " | ".join([*apart, *rates.values(), "median p"]) + " |"
    yield "|" + "---|" * (len(apart) + len(rates) + 1)
    keys = dict.fromkeys(tuple(str(row.get(name)) for name in apart) for row in rows)
    for key in keys:
        here = [row for row in rows if tuple(str(row.get(name)) for name in apart) == key]
        found = {name: _numbers(here, name) for name in (*rates, pvalue)}
        if any(found[name] for name in rates):
            said = [
                rate_with_interval(round(sum(found[name])), len(found[name])) if found[name] else ""
                for name in rates
            ]
            middle = f"{median(found[pvalue]):.3g}" if found[pvalue] else ""
            yield "| " + " | ".join([*key, *said, middle]) + " |"


def _numbers(rows: Sequence[Row], column: str) -> list[float]:
    return [value for row in rows if isinstance(value := row.get(column), int | float)]
