"""What a person sees of an experiment: names on an axis are all there and not joined by a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import matplotlib as mpl
import pytest

from isotopes.lab.experiments import Claim, Experiment, Row
from isotopes.lab.experiments.experiment import Figure, Trial
from isotopes.lab.plot import draw
from isotopes.lab.tasks.task import Scale


class Shown(Experiment):
    name: ClassVar[str] = "shown"
    title: ClassVar[str] = "a title so long that it would not fit over the picture"
    source: ClassVar[str] = "nowhere, and so with the reason why"
    figure: ClassVar[Figure] = Figure("what", ("v", "rank"))
    claims: ClassVar[tuple[Claim, ...]] = (Claim("v", "=", 0.5, {"what": "tape"}),)

    def trials(self, scale: Scale) -> Iterator[Trial]:
        return iter(())


def drawn(rows: list[Row], folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    draw(Shown(), rows, folder / "page.svg")
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


def test_names_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["published twins", "radioactive data", "tape"]
    svg = drawn(rows(*names), tmp_path, monkeypatch)
    assert all(f">{name}</text>" in svg for name in names)
    assert lines(svg) == 0
    assert ">paper: v</text>" in svg
    title = re.findall(r">([^<]*)</text>", svg)
    assert "nowhere, and so with the reason why)" not in title  # it is on two lines


def test_numbers_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(drawn(rows(0.1, 0.2, 0.4), tmp_path, monkeypatch)) == 2
