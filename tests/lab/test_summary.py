"""In which order conditions stand in tables and plots."""

from __future__ import annotations

import random
import re
from pathlib import Path

import matplotlib as mpl
import pytest

from isotopes.lab.pages.plot import draw_plot
from isotopes.lab.trials.countermeasure_table import MEASURES, countermeasure_table
from isotopes.lab.trials.experiment import Figure, Row, Value, get_experiment
from isotopes.lab.trials.summary import conditions, order_of

STAGES = ["clean 1", "clean 3", "clean 10", "first"]


@pytest.mark.parametrize(
    "ordered",
    [
        STAGES,
        ["1x", "3x", "10x", "none"],
        ["noise 0.25", "noise 0.3", "noise 1"],
        ["jpeg 9", "jpeg 25 and blur 3", "jpeg 25 and blur 10"],
        [None, "all", 0.3, 1, 2.5, 10],
    ],
)
def test_numbers_within_names_count_as_numbers(ordered: list[Value]) -> None:
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=order_of) == ordered


def rows() -> list[Row]:
    return [{"stage": stage, "cost": 0.1, "v": 0.5, "seed": 0} for stage in reversed(STAGES)]


def test_a_table_of_conditions_is_in_this_order() -> None:
    assert [key for (key,) in conditions(rows(), Figure("stage", ("v",)))] == STAGES


@pytest.mark.parametrize("against", [None, "cost"])
def test_a_plot_is_in_this_order(
    against: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = get_experiment("table4")
    figure = Figure("stage", ("v",), against=against)
    monkeypatch.setattr(type(experiment), "figure", figure)
    monkeypatch.setattr(type(experiment), "claims", ())
    with mpl.rc_context({"svg.fonttype": "none"}):
        draw_plot(experiment, rows(), tmp_path / "page.svg")
    svg = (tmp_path / "page.svg").read_text("utf-8")
    assert re.findall(r">(?:\d )?(clean \d+|first)<", svg) == STAGES


def test_countermeasures_are_in_this_order_after_none() -> None:
    measured: Row = dict.fromkeys(MEASURES, 0.5)
    found: list[Row] = [
        {"marks": "paper", "defence": defence, "seed": 0, **measured}
        for defence in ("noise 10", "noise 3", "blur 1", "none")
    ]
    lines = list(countermeasure_table(found))[2:]
    assert [line.split(" | ")[0] for line in lines] == [
        "| none",
        "| blur 1",
        "| noise 3",
        "| noise 10",
    ]
