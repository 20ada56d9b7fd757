"""An audit as one picture: which mark lifts which label, and which pairs are told apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from isotopes.report.short_names import short_names
from isotopes.stats.many.audit import AuditResult
from isotopes.stats.scores.statistic import Values
from isotopes.verify.verdicts.audit import AuditVerdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED = 40  # marks or labels whose names can be read beside the matrix
BRIGHT = (
    99.5  # percentile of the lifts at which the colours end, so that one outlier can't dim the rest
)
EMPTY, PUBLISHED, OURS = 0, 1, 2
INCHES = 4.5
LONGEST = 24  # characters of a name


def matrix_plot(verdict: AuditVerdict) -> bytes | None:
    """The matrix as PNG, the same bytes for the same audit; None if there is no outcome.

    Left: how many spreads of the decoys each mark (row) lifts each label (column). A ring shows the
    label that the mark was published for (`ringed`). Right, if labels are claimed: which pairs are
    told apart, above the diagonal by V_D as published, below it by the test that decoys calibrate.
    """
    if verdict.found is None:
        return None
    import matplotlib as mpl
    from matplotlib.figure import Figure

    paired = verdict.found.claims is not None and len(verdict.found.named) > 1
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(INCHES * (2 if paired else 1.2), INCHES), layout="constrained")
        axes = figure.subplots(1, 2 if paired else 1, squeeze=False)[0]
        _draw_lifts(figure, axes[0], verdict, verdict.found)
        if paired:
            _draw_pairs(axes[1], verdict, verdict.found)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=160, metadata={"Software": None})
    return out.getvalue()


def ringed(found: AuditResult) -> bool:
    """Are claimed labels ringed? Not if the rings would hide what lies under them."""
    return len(found.named) > 0 and len(found.attribution.labels) <= NAMED


def describe_matrix(verdict: AuditVerdict) -> str:
    """The matrix in words, for those who don't see it."""
    found = verdict.found
    if found is None:
        return ""
    lifts = found.attribution.lifts
    return (
        f"Matrix of {lifts.shape[0]} marks by {lifts.shape[1]} labels: lifts from"
        f" {lifts.min():.3g} to {lifts.max():.3g} spreads of the decoys."
        + " A ring is where a mark was published for that label."
        * ringed(found)
    )


def _draw_lifts(figure: Figure, axes: Axes, verdict: AuditVerdict, found: AuditResult) -> None:
    lifts = found.attribution.lifts
    # The labels that are claimed come first, in the order of their marks.
    claimed = [] if found.claims is None else list(dict.fromkeys(found.claims.claimed.tolist()))
    columns = claimed + [at for at in range(lifts.shape[1]) if at not in set(claimed)]
    shown = lifts[:, columns]
    image = axes.imshow(
        shown,
        cmap="cividis",
        aspect="auto",
        interpolation="nearest",
        vmin=0,
        vmax=_brightest(shown),
    )
    if found.claims is not None and ringed(found):
        places = {column: at for at, column in enumerate(columns)}
        axes.plot(
            [places[column] for column in found.claims.claimed.tolist()],
            found.named,
            "o",
            markerfacecolor="none",
            markeredgecolor="#D55E00",
        )
    figure.colorbar(image, ax=axes, label="spreads of the decoys")
    axes.set_title("How far each mark lifts each label")
    _name(axes, "x", [verdict.labels[column] for column in columns], "labels")
    _name(axes, "y", verdict.isotopes, "marks")


def _draw_pairs(axes: Axes, verdict: AuditVerdict, found: AuditResult) -> None:
    from matplotlib.colors import ListedColormap

    assert found.claims is not None
    cells = np.full(found.distinguished.shape, EMPTY)
    cells[np.triu(found.distinguished)] = PUBLISHED
    cells[np.tril(found.claims.told_apart)] = OURS
    colours = ListedColormap(["#f0f0f0", "#E69F00", "#0072B2"])
    axes.imshow(cells, cmap=colours, vmin=EMPTY, vmax=OURS, interpolation="nearest", aspect="auto")
    axes.set_title("Told apart: below by decoys,\nabove by V_D")
    names = [verdict.isotopes[mark] for mark in found.named]
    _name(axes, "x", names, "marks")
    _name(axes, "y", names, "marks")


def _brightest(lifts: Values) -> float:
    return max(1.0, float(np.percentile(lifts, BRIGHT)))


def _name(axes: Axes, side: str, names: Sequence[str], what: str) -> None:
    axis = axes.xaxis if side == "x" else axes.yaxis
    if len(names) > NAMED:
        axis.set_label_text(f"{len(names)} {what}")
        return
    axis.set_ticks(
        range(len(names)), short_names(names, LONGEST), rotation=90 if side == "x" else 0
    )
