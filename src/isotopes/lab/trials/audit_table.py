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


def leaderboard_table(rows: Sequence[Row]) -> Iterator[str]:
    """Lines: the results and requirements of each method, best first."""
    known = audit_methods()
    by_method = {name: [row for row in rows if row["method"] == name] for name in known}
    tried = [name for name, some in by_method.items() if some]
    tried.sort(key=lambda name: (-_rate(by_method[name], "power")[0], name))
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    for name in tried:
        yield "| " + " | ".join(_achieved(known[name], by_method[name])) + " |"
    yield ""
    yield "| method | " + " | ".join(ASKS.values()) + " | what it is | source |"
    yield "|" + "---|" * (len(ASKS) + 3)
    for name in tried:
        method = known[name]
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
    values = [value for row in rows if isinstance(value := row.get(column), int | float)]
    return sum(values) / max(len(values), 1), len(values)


def _mean(rows: Sequence[Row], column: str, form: str) -> str:
    mean, count = _rate(rows, column)
    return format(mean, form) if count else "unchanged"
