"""What a person sees of an experiment: names on an axis are all there and not joined by a line."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest

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
