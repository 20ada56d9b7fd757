"""An experiment as a picture: our means with the seeds' range, and the paper's numbers."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isotopes.lab.pages.plot_points import draw_points
from isotopes.lab.trials.experiment import Experiment, PaperNumber, Row, Value
from isotopes.lab.trials.summary import conditions, mean_of, order_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = {">=": "^", "<=": "v"}
# Of each measure, in their order: ours, and the paper's number.
STYLES, CROSSES = ("-", "--", ":", "-."), ("x", "+", "1", "2")
DOTS = ("o", "s", "D", "^")  # names on the axis are categories: no line joins them
NAME_WIDTH = 0.8  # of the room between two names on the axis
Places = Mapping[Value, Any]  # position of each value on the axis


def draw_plot(experiment: Experiment, rows: list[Row], path: Path) -> None:
    """Write the picture of these rows, as PNG or SVG by the name of `path`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    figure = experiment.figure
    if figure.against is not None:
        draw_points(experiment, rows, path)
        return
    panels = _values(rows, figure.panel)
    indices, series = _places(_values(rows, figure.x)), _values(rows, figure.series)
    named = _named(indices)
    width = max(3.6, 0.45 * len(indices)) if named else 3.6
    canvas = Canvas(figsize=(2.9 + width * len(panels), 4.0), layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, panels, strict=True):
        here = [row for row in rows if figure.panel is None or row.get(figure.panel) == panel]
        _draw_panel(axes, experiment, here, indices, series)
        axes.set_title("" if panel is None else str(panel))
        axes.set_xlabel(figure.x)
        axes.set_ylim(-0.05, 1.05)
        if named:
            axes.set_xticks(list(indices.values()), list(indices), rotation=40, ha="right")
    handles: dict[str, Any] = {}
    for axes in grid:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    canvas.legend(handles.values(), handles.keys(), loc="outside right center", fontsize="small")
    title = textwrap.fill(
        f"{experiment.title} ({experiment.source})", int(12 * canvas.get_figwidth())
    )
    canvas.suptitle(title, fontsize="medium")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about missing fonts
        canvas.savefig(path, dpi=110)


def _draw_panel(
    axes: Axes,
    experiment: Experiment,
    rows: list[Row],
    indices: Places,
    every_series: list[Value],
) -> None:
    """Draw the rows of one panel.

    Args:
        every_series: those of all panels, so that each has one colour in all of them.
    """
    figure, named = experiment.figure, _named(indices)
    if named:
        axes.set_xlim(-0.5, len(indices) - 0.5)  # otherwise a single name lies at the edge
    for colour, series in enumerate(every_series):
        mine = [row for row in rows if figure.series is None or row[figure.series] == series]
        for number, measure in enumerate(figure.measures):
            place = colour * len(figure.measures) + number
            beside = _beside(place, len(every_series) * len(figure.measures)) if named else 0
            points = [
                (key[-1], found)
                for key, some in conditions(mine, figure).items()
                if (found := mean_of(some, measure)) is not None
            ]
            if not points:
                continue
            means = [point.mean for _, point in points]
            lows = [point.mean - point.low for _, point in points]
            highs = [point.high - point.mean for _, point in points]
            axes.errorbar(
                [indices[x] + beside for x, _ in points],
                means,
                yerr=[lows, highs],
                color=f"C{number if figure.series is None else colour}",
                linestyle="" if named else STYLES[number],
                marker=DOTS[number] if named else "o",
                markersize=5 if named else 3,
                capsize=2,
                label=measure if series is None else f"{measure}, {figure.series} = {series}",
            )
    for claim in experiment.claims:
        if claim.measure in figure.measures and _concerns(claim, figure.panel, rows):
            cross = CROSSES[figure.measures.index(claim.measure)]
            where = claim.where.get(figure.x, axes.get_xlim())
            _draw_claim(axes, claim, where, cross, indices)


def _draw_claim(axes: Axes, claim: PaperNumber, where: Any, cross: str, indices: Places) -> None:
    """One number of the paper: a marker at its condition, or a line over its range."""
    sign = {"=": "", ">=": "at least", "<=": "at most"}[claim.relation]
    label = " ".join(filter(None, ("paper:", claim.measure, sign)))
    if isinstance(where, tuple):
        low, high = (max(where[0], axes.get_xlim()[0]), min(where[1], axes.get_xlim()[1]))
        axes.plot([low, high], [claim.value] * 2, color="black", linewidth=1, label=label)
    else:
        axes.plot(
            [indices.get(where, where)],
            [claim.value],
            color="black",
            marker=MARKERS.get(claim.relation, cross),
            markersize=8,
            linestyle="",
            label=label,
        )


def _concerns(claim: PaperNumber, panel: str | None, rows: list[Row]) -> bool:
    """Is it about this panel?"""
    if panel is None or panel not in claim.where:
        return True
    about = replace(claim, where={panel: claim.where[panel]})
    return any(about.speaks_of(row) for row in rows)


def _values(rows: list[Row], column: str | None) -> list[Value]:
    if column is None:
        return [None]
    return sorted({row[column] for row in rows}, key=order_of)


def _places(values: list[Value]) -> Places:
    """Numbers at their values, names side by side."""
    if all(isinstance(value, int | float) for value in values):
        return {value: value for value in values}
    return {value: position for position, value in enumerate(values)}


def _beside(place: int, marks: int) -> float:
    """How far right of its name a mark stands: all marks of a name stand side by side around it."""
    return min(0.15, NAME_WIDTH / marks) * (place - (marks - 1) / 2)


def _named(indices: Places) -> bool:
    return any(isinstance(value, str) for value in indices)
