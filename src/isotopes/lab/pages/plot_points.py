"""Conditions as points: the cost of each against what it leaves."""

from __future__ import annotations

from pathlib import Path

from isotopes.lab.trials.experiment import Experiment, Row
from isotopes.lab.trials.summary import conditions, mean_of, order_of

MARKERS = ("o", "s", "^", "D")


def draw_points(experiment: Experiment, rows: list[Row], path: Path) -> None:
    """Write the picture of these rows, as PNG or SVG by the name of `path`.

    A panel for each value of the figure's `panel` and each measure, a numbered point for each value
    of its `x`, and below the names that the numbers stand for.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    figure = experiment.figure
    assert figure.against is not None
    names = sorted({str(row[figure.x]) for row in rows}, key=order_of)
    panels = [""]
    if figure.panel:
        panels = sorted({str(row[figure.panel]) for row in rows}, key=order_of)
    lines = -(-len(names) // 4)
    size = (3.6 * len(figure.measures), 3.2 * len(panels) + 0.17 * lines + 0.6)
    canvas = Canvas(figsize=size, layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.subplots(
        len(panels), len(figure.measures), sharex=True, sharey=True, squeeze=False
    )
    for line, panel in zip(grid, panels, strict=True):
        here = [row for row in rows if not figure.panel or str(row[figure.panel]) == panel]
        for axes, measure, marker in zip(line, figure.measures, MARKERS, strict=False):
            for key, some in conditions(here, figure).items():
                cost, left = mean_of(some, figure.against), mean_of(some, measure)
                if cost is None or left is None:
                    continue
                axes.plot(cost.mean, left.mean, marker, color="C0", markersize=3, alpha=0.6)
                number = str(names.index(str(key[-1])) + 1)
                axes.annotate(
                    number,
                    (cost.mean, left.mean),
                    fontsize=7,
                    xytext=(2, 2),
                    textcoords="offset points",
                )
            axes.set_title(
                f"{measure}, {figure.panel} = {panel}" if figure.panel else measure, fontsize=9
            )
            axes.set_ylim(-0.05, 1.08)
            axes.grid(alpha=0.3)
    canvas.supxlabel(figure.against, fontsize=9)
    legend = [f"{number} {name}" for number, name in enumerate(names, 1)]
    columns = ["\n".join(legend[start : start + lines]) for start in range(0, len(legend), lines)]
    for position, column in enumerate(columns):
        canvas.text(position / len(columns) + 0.01, -0.01, column, va="top", fontsize=7)
    canvas.savefig(path, dpi=110, bbox_inches="tight")
