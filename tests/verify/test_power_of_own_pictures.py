"""Chances from measured marks: near ones count, far ones don't, and few don't pass for certain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isotopes.errors import FolderError, PlanError
from isotopes.verify.power.own_pictures import (
    Chance,
    Marking,
    MeasuredMark,
    MeasuredMarks,
    chance_of_finding,
    load_marks,
)

ALL_FAINT = Marking("tints", 0.32, 1.0, 40)


def table(*groups: tuple[Marking, float, int], models: int = 4) -> MeasuredMarks:
    """So many marks of each kind, dealt to the models in turn."""
    rows = [
        MeasuredMark(marking, found, f"model {at % models}")
        for marking, found, count in groups
        for at in range(count)
    ]
    return MeasuredMarks.of(rows, "by hand")


def chance(measured: MeasuredMarks, marking: Marking) -> Chance:
    found = chance_of_finding(measured, marking)
    assert found is not None
    return found


def test_of_one_kind_it_is_their_mean() -> None:
    found = chance(table((ALL_FAINT, 1.0, 12), (ALL_FAINT, 0.0, 4)), ALL_FAINT)
    assert found.power == pytest.approx(0.75)
    assert found.marks == pytest.approx(16)
    assert found.models == pytest.approx(4)
    assert found.low < 0.75 < found.high


def test_another_visibility_or_share_hardly_mixes_in() -> None:
    subtle, half = Marking("tints", 0.2, 1.0, 40), Marking("tints", 0.32, 0.5, 40)
    measured = table((ALL_FAINT, 1.0, 20), (subtle, 0.0, 20), (half, 0.5, 20))
    assert chance(measured, ALL_FAINT).power > 0.9
    assert chance(measured, subtle).power < 0.1
    assert 0.4 < chance(measured, half).power < 0.62


def test_marks_that_were_all_found_are_not_certain() -> None:
    few, many = (chance(table((ALL_FAINT, 1.0, count)), ALL_FAINT) for count in (4, 400))
    assert few.power == many.power == 1
    assert few.low < 0.7
    assert many.low > 0.98


def test_models_that_differ_widen_the_interval() -> None:
    alike = [MeasuredMark(ALL_FAINT, 0.5, f"{at % 4}") for at in range(400)]
    differ = [MeasuredMark(ALL_FAINT, float(at % 4 < 2), f"{at % 4}") for at in range(400)]
    narrow, wide = (chance(MeasuredMarks.of(rows, "x"), ALL_FAINT) for rows in (alike, differ))
    assert narrow.power == pytest.approx(wide.power)
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


@pytest.mark.parametrize(
    "marking",
    [
        Marking("gratings", 0.32, 1.0, 40),
        Marking("tints", 0.05, 1.0, 40),
        Marking("tints", 0.32, 0.1, 40),
        Marking("tints", 0.32, 1.0, 4000),
    ],
)
def test_nothing_is_said_of_what_was_not_measured(marking: Marking) -> None:
    assert chance_of_finding(table((ALL_FAINT, 1.0, 20)), marking) is None


def test_one_model_is_not_enough() -> None:
    assert chance_of_finding(table((ALL_FAINT, 1.0, 20), models=1), ALL_FAINT) is None


def test_the_same_question_has_the_same_answer() -> None:
    measured = table((ALL_FAINT, 0.7, 20))
    assert chance(measured, ALL_FAINT) == chance(measured, ALL_FAINT)
    found = chance(measured, ALL_FAINT)
    assert Chance.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize(
    ("alpha", "share", "pictures", "message"),
    [
        (0, 1, 5, "alpha must be above 0 and at most 1, got 0"),
        (1.5, 1, 5, "alpha must be above 0 and at most 1, got 1.5"),
        (0.3, 2, 5, "share must be above 0 and at most 1, got 2"),
        (0.3, float("nan"), 5, "share must be above 0 and at most 1, got nan"),
        (0.3, 1, 0, "a label must have at least 1 picture, got 0"),
    ],
)
def test_numbers_that_can_not_be(alpha: float, share: float, pictures: int, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        Marking("tints", alpha, share, pictures)


def test_a_table_comes_back(tmp_path: Path) -> None:
    measured = table((ALL_FAINT, 0.7, 3))
    path = tmp_path / "marks.json"
    path.write_text(
        json.dumps({"command": "by hand", "rows": [row.to_row() for row in measured.rows]})
    )
    assert load_marks(path) == measured


@pytest.mark.parametrize("content", ["", "[]", '{"command": "x", "rows": []}', '{"rows": [{}]}'])
def test_what_is_no_table(tmp_path: Path, content: str) -> None:
    path = tmp_path / "marks.json"
    path.write_text(content)
    with pytest.raises(PlanError, match="holds no table of measured marks"):
        load_marks(path)
    with pytest.raises(FolderError):
        load_marks(tmp_path / "none.json")
