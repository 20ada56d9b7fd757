"""An experiment as a picture: our means with the seeds' range, and the paper's numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isotopes.lab.experiments import Claim, Experiment, Row
from isotopes.lab.experiments.experiment import Value
from isotopes.lab.summary import conditions, mean_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = {">=": "^", "<=": "v"}
# Of each measure, in their order: ours, and the paper's number.
STYLES, CROSSES = ("-", "--", ":", "-."), ("x", "+", "1", "2")


def draw(experiment: Experiment, rows: list[Row], path: Path) -> None:
    """Write the picture of these rows, as PNG or SVG by the name of `path`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    figure = experiment.figure
    panels = _values(rows, figure.panel)
    canvas = Canvas(figsize=(1.5 + 3.6 * len(panels), 4.0), layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, panels, strict=True):
        here = [row for row in rows if figure.panel is None or row.get(figure.panel) == panel]
        _draw_panel(axes, experiment, here)
        axes.set_title("" if panel is None else str(panel))
        axes.set_xlabel(figure.x)
        axes.set_ylim(-0.05, 1.05)
    handles: dict[str, Any] = {}
    for axes in grid:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    canvas.legend(handles.values(), handles.keys(), loc="outside right center", fontsize="small")
    canvas.suptitle(f"{experiment.title} ({experiment.source})", fontsize="medium")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fonts that a machine lacks
        canvas.savefig(path, dpi=110)


def _draw_panel(axes: Axes, experiment: Experiment, rows: list[Row]) -> None:
    figure = experiment.figure
    for colour, series in enumerate(_values(rows, figure.series)):
        mine = [row for row in rows if figure.series is None or row[figure.series] == series]
        for style, measure in zip(STYLES, figure.measures, strict=False):
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
                [_place(x) for x, _ in points],
                means,
                yerr=[lows, highs],
                color=f"C{colour}",
                linestyle=style,
                marker="o",
                markersize=3,
                capsize=2,
                label=measure if series is None else f"{measure}, {figure.series} = {series}",
            )
    for claim in experiment.claims:
        if claim.measure in figure.measures and _concerns(claim, figure.panel, rows):
            cross = CROSSES[figure.measures.index(claim.measure)]
            _draw_claim(axes, claim, figure.x, cross)


def _draw_claim(axes: Axes, claim: Claim, x: str, cross: str) -> None:
    """One number of the paper: a sign where it holds, or a line over where it holds."""
    where = claim.where.get(x)
    sign = {"=": "", ">=": "at least", "<=": "at most"}[claim.relation]
    label = " ".join(filter(None, ("paper:", claim.measure, sign)))
    if isinstance(where, tuple):
        low, high = (max(where[0], axes.get_xlim()[0]), min(where[1], axes.get_xlim()[1]))
        axes.plot([low, high], [claim.value] * 2, color="black", linewidth=1, label=label)
    elif where is not None:
        axes.plot(
            [_place(where)],
            [claim.value],
            color="black",
            marker=MARKERS.get(claim.relation, cross),
            markersize=8,
            linestyle="",
            label=label,
        )


def _concerns(claim: Claim, panel: str | None, rows: list[Row]) -> bool:
    wanted = claim.where.get(panel) if panel is not None else None
    return wanted is None or any(row.get(panel or "") == wanted for row in rows)


def _values(rows: list[Row], column: str | None) -> list[Value]:
    if column is None:
        return [None]
    return sorted({row[column] for row in rows}, key=lambda value: (str(type(value)), value))


def _place(value: Value) -> Any:
    return value if isinstance(value, int | float) else str(value)
