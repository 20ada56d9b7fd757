"""How often marks that nobody used come first: counts, and a table of their rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from isotopes.lab.trials.audit_table import rate_with_interval
from isotopes.lab.trials.experiment import Row

LEVEL, STRICT = 0.01, 0.001
ENDS = {"_01": LEVEL, "_001": STRICT}


def null_row(pvalues: Mapping[str, Sequence[float]]) -> Row:
    """Counts, by what the model saw: `NAME_nulls`, and those at most 0.01 and 0.001, `NAME_01` and
    `NAME_001`.
    """
    row: Row = {}
    for name, found in pvalues.items():
        row[f"{name}_nulls"] = len(found)
        row |= {f"{name}{end}": sum(one <= level for one in found) for end, level in ENDS.items()}
    return row


def null_table(
    rows: Sequence[Row], names: Mapping[str, str], apart: Sequence[str], what: str
) -> Iterator[str]:
    """Lines of Markdown: how often such marks were found, with exact 95 % intervals.

    Args:
        names: as `null_row` got them, each with what the table calls it.
        apart: columns of which each combination has a line.
        what: the head of the column with those names.
    """
    yield "| " + " | ".join([*apart, what, "at 0.01", "at 0.001"]) + " |"
    yield "|" + "---|" * (len(apart) + 3)
    keys = list(dict.fromkeys(tuple(str(row.get(name)) for name in apart) for row in rows))
    for key in keys:
        here = [row for row in rows if tuple(str(row.get(name)) for name in apart) == key]
        for name, said in names.items():
            tries = _sum(here, f"{name}_nulls")
            if tries:
                rates = [rate_with_interval(_sum(here, f"{name}{end}"), tries, 4) for end in ENDS]
                yield "| " + " | ".join([*key, said, *rates]) + " |"


def _sum(rows: Sequence[Row], column: str) -> int:
    return sum(int(value) for row in rows if isinstance(value := row.get(column), int | float))
