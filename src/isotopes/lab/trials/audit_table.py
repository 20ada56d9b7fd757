"""The leaderboard as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isotopes.lab.methods.method import AuditMethod, Needs, audit_methods
from isotopes.lab.trials.experiment import Row

HEAD = (
    "method",
    "power",
    "false alarms",
    "p-value",
    "queries",
    "PSNR, dB",
    "SSIM",
)
ASKS = {
    "others_pictures": "others' pictures",
    "labels": "choose labels",
    "network": "network to mark by",
    "weights": "the model's weights",
    "knows_label": "know one's label",
}


NEAR = 27.5  # dB: a method whose pictures are at least as near to the originals counts as faint


def leaderboard_table(rows: Sequence[Row]) -> Iterator[str]:
    """Lines: the results of each method, best first, those at 28 dB again; and what each needs."""
    yield from _results(rows)
    faint = [row for row in rows if row["method"] in faint_methods(rows)]
    if faint:
        yield ""
        yield "## At equal visibility"
        yield ""
        yield "Those of them whose pictures are at 28 dB, nearer to the originals, or unchanged."
        yield ""
        yield from _results(faint)
    yield ""
    yield "## What each needs"
    yield ""
    yield from _requirements(rows)


def faint_methods(rows: Sequence[Row]) -> set[object]:
    """The names of methods whose pictures are at 28 dB or nearer."""
    names = {row["method"] for row in rows}
    return {
        name
        for name in names
        if not (some := _values([row for row in rows if row["method"] == name], "psnr"))
        or sum(some) / len(some) >= NEAR
    }


def _tried(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each method, best first."""
    by_method: dict[str, list[Row]] = {name: [] for name in audit_methods()}
    for row in rows:
        by_method[str(row["method"])].append(row)
    tried = {name: some for name, some in by_method.items() if some}
    best = sorted(tried, key=lambda name: (-_rate(tried[name], "power")[0], name))
    return {name: tried[name] for name in best}


def _results(rows: Sequence[Row]) -> Iterator[str]:
    known = audit_methods()
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    for name, some in _tried(rows).items():
        yield "| " + " | ".join(_achieved(known[name], some)) + " |"


def _requirements(rows: Sequence[Row]) -> Iterator[str]:
    yield "| method | " + " | ".join(ASKS.values()) + " | what it is | source |"
    yield "|" + "---|" * (len(ASKS) + 3)
    for name in _tried(rows):
        method = audit_methods()[name]
        yield f"| {name} | {_needed(method.needs)} | {method.summary} | {method.source} |"


def rate_with_interval(found: int, tries: int, digits: int = 2) -> str:
    """A rate with its exact 95 % interval (Clopper and Pearson 1934).

    >>> rate_with_interval(0, 50)
    '0.00 (0.00 to 0.07), 0 of 50'
    """
    from scipy.stats import binomtest

    low, high = binomtest(found, tries).proportion_ci(0.95, method="exact")
    rate, least, most = (f"{value:.{digits}f}" for value in (found / tries, low, high))
    return f"{rate} ({least} to {most}), {found} of {tries}"


def _achieved(method: AuditMethod, rows: Sequence[Row]) -> tuple[str, ...]:
    power, false_alarms = (_rate(rows, column) for column in ("power", "false_alarm"))
    return (
        method.name,
        rate_with_interval(round(power[0] * power[1]), power[1]),
        rate_with_interval(round(false_alarms[0] * false_alarms[1]), false_alarms[1]),
        "exact" if method.exact else "calibrated",
        f"{_rate(rows, 'queries')[0]:,.0f}",
        _mean(rows, "psnr", ".1f"),
        _mean(rows, "ssim", ".3f"),
    )


def _needed(needs: Needs) -> str:
    return " | ".join("yes" if getattr(needs, name) else "no" for name in ASKS)


def _rate(rows: Sequence[Row], column: str) -> tuple[float, int]:
    """The mean of a column over the rows that have a value, and how many do."""
    values = _values(rows, column)
    return sum(values) / max(len(values), 1), len(values)


def _values(rows: Sequence[Row], column: str) -> list[float]:
    return [value for row in rows if isinstance(value := row.get(column), int | float)]


def _mean(rows: Sequence[Row], column: str, form: str) -> str:
    mean, count = _rate(rows, column)
    return format(mean, form) if count else "unchanged"
