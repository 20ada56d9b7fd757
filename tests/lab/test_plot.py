"""What a person sees of an experiment: names on an axis are all there and not joined by a line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas

from isotopes.lab.pages.plot import draw_plot
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber, Row, get_experiment


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment of two measures with a number of the paper, under a long title."""
    experiment = get_experiment("table4")
    for name, value in {
        "title": "a title so long that it would not fit over the picture",
        "source": "nowhere, and so with the reason why",
        "figure": Figure("what", ("v", "rank")),
        "claims": (PaperNumber("v", "=", 0.5, {"what": "tape"}), PaperNumber("rank", ">=", 0.25)),
    }.items():
        monkeypatch.setattr(type(experiment), name, value)
    return experiment


def drawn(experiment: Experiment, rows: list[Row], folder: Path) -> str:
    with mpl.rc_context({"svg.fonttype": "none"}):
        draw_plot(experiment, rows, folder / "page.svg")
    return (folder / "page.svg").read_text("utf-8")


def lines(svg: str) -> int:
    """How many lines join three points, of those that the plot draws in its first two colours."""
    paths = re.findall(r'd="(M [^"]*)" clip-path[^>]*stroke: #(?:1f77b4|ff7f0e)', svg)
    return sum(path.count("L") == 2 for path in paths)


def rows(*values: str | float) -> list[Row]:
    return [
        {"what": value, "v": 0.1 * place, "rank": 1 - 0.2 * place, "seed": 0}
        for place, value in enumerate(values)
    ]


def test_names_stand_side_by_side(shown: Experiment, tmp_path: Path) -> None:
    names = ["published twins", "radioactive data", "tape"]
    svg = drawn(shown, rows(*names), tmp_path)
    assert all(f">{name}</text>" in svg for name in names)
    assert lines(svg) == 0
    assert ">paper: v</text>" in svg
    title = re.findall(r">([^<]*)</text>", svg)
    assert "nowhere, and so with the reason why)" not in title  # it is on two lines


def test_numbers_are_joined(shown: Experiment, tmp_path: Path) -> None:
    svg = drawn(shown, rows(0.1, 0.2, 0.4), tmp_path)
    assert lines(svg) == 2
    assert ">paper: rank at least</text>" in svg  # a number of the whole is drawn, too


@pytest.fixture
def canvases(monkeypatch: pytest.MonkeyPatch) -> list[Canvas]:
    """The plots that are drawn, for their axes to be looked at."""
    made: list[Canvas] = []

    def kept(**settings: Any) -> Canvas:
        made.append(Canvas(**settings))
        return made[-1]

    monkeypatch.setattr("matplotlib.figure.Figure", kept)
    return made


@pytest.mark.parametrize("names", [["one"], ["one", "two"], ["one", "two", "three"]])
@pytest.mark.parametrize("series", [["a"], ["a", "b", "c", "d"]])
def test_marks_stand_around_their_name_inside_the_plot(
    names: list[str],
    series: list[str],
    *,
    shown: Experiment,
    canvases: list[Canvas],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(type(shown), "figure", Figure("what", ("v", "rank"), "by"))
    monkeypatch.setattr(type(shown), "claims", ())
    draw_plot(
        shown, [row | {"by": one} for one in series for row in rows(*names)], tmp_path / "p.svg"
    )
    (axes,) = canvases[0].axes
    drawn = np.array([box.lines[0].get_xdata() for box in axes.containers], float)
    assert drawn.shape == (2 * len(series), len(names))
    # Each name is in the middle of its marks.
    assert np.allclose(drawn.mean(axis=0), range(len(names)))
    assert len(np.unique(drawn.round(6))) == drawn.size  # no mark hides another
    left, right = axes.get_xlim()
    assert drawn.min() - left > 0.08 * (right - left) / len(names)
    assert np.isclose(drawn.min() - left, right - drawn.max())


def test_a_series_has_one_colour_in_all_panels(
    shown: Experiment, canvases: list[Canvas], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(type(shown), "figure", Figure("what", ("v",), "by", "where"))
    monkeypatch.setattr(type(shown), "claims", ())
    some = [row | {"by": one, "where": "here"} for one in "ab" for row in rows("x")]
    draw_plot(shown, [*some, some[-1] | {"where": "there"}], tmp_path / "p.svg")
    here, there = (
        {box.get_label(): box.lines[0].get_color() for box in axes.containers}
        for axes in canvases[0].axes
    )
    assert there.items() <= here.items()
