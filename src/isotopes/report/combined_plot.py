"""Several checks as one picture: the p-value of each, beside the level."""

from __future__ import annotations

import io

from isotopes.report.short_names import short_names
from isotopes.verify.verdicts.combined import CombinedVerdict

DETECTED, OTHERS = "#D55E00", "#0072B2"
MOST = 60  # checks drawn, the first ones; the table has all
LONGEST = 40  # characters of a name


def pvalue_plot(verdict: CombinedVerdict) -> str:
    """A dot for each check, further right the smaller its p-value: SVG, the same each time."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = verdict.checks[:MOST]
    names = short_names([f"{one.isotope} in {one.target}" for one in shown], LONGEST)
    with mpl.rc_context({"svg.hashsalt": "isotopes", "font.size": 11}):
        figure = Figure(figsize=(6.4, 1.3 + 0.3 * len(shown)), layout="constrained")
        axes = figure.add_subplot()
        for at, one in enumerate(shown):
            pvalue = 1.0 if one.pvalue is None else one.pvalue
            axes.plot(
                [pvalue],
                [at],
                "D" if one.detected else "o",
                color=DETECTED if one.detected else OTHERS,
                markerfacecolor="none" if one.pvalue is None else None,
            )
        axes.axvline(verdict.level, color="#444", linewidth=1, linestyle="--")
        axes.set_xscale("log")
        axes.invert_xaxis()
        axes.set_xlabel("p-value (smaller further right); dashed: the level")
        axes.set_yticks(range(len(shown)), names)
        axes.invert_yaxis()
        axes.margins(x=0.08)
        axes.spines[["top", "right"]].set_visible(False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def describe_pvalues(verdict: CombinedVerdict) -> str:
    """The plot in words."""
    known = [one.pvalue for one in verdict.checks if one.pvalue is not None]
    detected = sum(one.detected for one in verdict.checks)
    span = f", from {min(known):.3g} to {max(known):.3g}" if known else ""
    undecided = len(verdict.checks) - len(known)
    return (
        f"The p-values of {len(verdict.checks)} checks{span}. Diamonds: {detected} called detected"
        f" one by one. Hollow: {undecided} without a result."
    )
