"""The pictures of the calibration: error rates, ROC curves, cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from bench.calibration.rows import NOMINAL, Bank, Row
from isotopes.stats.rates import roc

SHOWN = {
    "V as published": "tab:red",
    "V, top 5": "tab:orange",
    "V, unpaired": "tab:pink",
    "rank, log-odds, label named, M = 199": "tab:blue",
    "rank, log-odds, label searched, M = 199": "tab:cyan",
    "sequential, log-odds, label named, n = 6, h = 1": "tab:green",
}


def plot_rates(rows: Sequence[Row], path: Path) -> None:
    """Observed against nominal false-positive rates, for both kinds of innocent models."""
    kinds = list(dict.fromkeys(str(row["null_kind"]) for row in rows))
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), sharey=True), kinds, strict=True):
        axes.plot([1e-3, 0.1], [1e-3, 0.1], color="grey", linestyle=":", label="nominal")
        for method, colour in SHOWN.items():
            mine = [row for row in rows if row["method"] == method and row["null_kind"] == kind]
            rates = np.array([[row["rate"], row["low"], row["high"]] for row in mine], float)
            rates = np.maximum(rates, 1e-4)  # 0 has no place on a logarithmic axis
            bars = np.abs(rates[:, 1:] - rates[:, :1]).T
            axes.errorbar(NOMINAL, rates[:, 0], bars, color=colour, marker="o", label=method)
        axes.set(xscale="log", yscale="log", xlabel="nominal level", title=f"models with {kind}")
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("observed false-positive rate")
    figure.axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=110)


def plot_roc(bank: Bank, path: Path) -> None:
    """Power against false-positive rate, thresholds chosen afterwards."""
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.subplots()
    for method, colour in SHOWN.items():
        innocent = np.concatenate([one.pvalues[method] for one in bank.others])
        guilty = np.concatenate([one.pvalues[method] for one in bank.guilty])
        curve = roc(-innocent, -guilty)
        axes.plot(
            np.maximum(curve.false_positives / curve.innocent, 1e-4),
            curve.true_positives / curve.guilty,
            color=colour,
            label=f"{method} (area {curve.area:.3f})",
        )
    axes.set(
        xscale="log",
        xlabel="false-positive rate on models with other people's marks",
        ylabel="power",
        ylim=(0, 1.02),
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, loc="lower right")
    figure.savefig(path, dpi=110)


def plot_cost(rows: Sequence[Row], path: Path) -> None:
    """Queries until the verdict: median to 95th percentile, guilty and innocent."""
    level = [row for row in rows if row["nominal"] == 0.01 and row["null_kind"] == "no marks"]
    shown = [row for row in level if "power" in row and "M = 999" not in str(row["method"])]
    shown = [row for row in shown if str(row["method"]).startswith(("V as", "seq", "rank, log"))]
    figure = Figure(figsize=(9, 0.4 * len(shown) + 1.5), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(reversed(shown)):
        for offset, who, colour in ((0.12, "guilty", "tab:red"), (-0.12, "innocent", "tab:blue")):
            low, high = (float(str(row[f"queries_{q}_{who}"])) for q in ("median", "p95"))
            label = who if place == 0 else None
            axes.plot([low, high], [place + offset] * 2, color=colour, marker="|", label=label)
            axes.plot([low], [place + offset], color=colour, marker="o")
    names = [f"{row['method']} (power {row['power']})" for row in reversed(shown)]
    axes.set_yticks(range(len(shown)), names, fontsize=8)
    axes.axvline(2500, color="grey", linestyle=":")
    axes.set(xscale="log", xlabel="queries: median (dot) to 95th percentile; dotted: the paper's")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)
