from __future__ import annotations

import pytest

from isotopes.errors import PlanError
from isotopes.marks import get_family
from isotopes.verify.power.own_pictures import Marking, MeasuredMark, MeasuredMarks
from isotopes.workflows.expecting import expect

ALPHA = get_family("tints").usual_alpha


def measured(*of: tuple[float, float], family: str = "tints") -> MeasuredMarks:
    """Twelve marks for each share and power, in three models."""
    rows = [
        MeasuredMark(Marking(family, ALPHA, share, 50), found, f"model {at % 3}")
        for share, found in of
        for at in range(12)
    ]
    return MeasuredMarks.of(rows, "by hand")


def test_a_photographer_with_60_photos() -> None:
    found = expect(60, "tints", table=measured((1.0, 0.9), (0.5, 0.6)))
    assert found.usual == "faint"
    every, half = found.chance(1.0, "faint"), found.chance(0.5, "faint")
    assert every is not None
    assert half is not None
    assert every.power > 0.8 > half.power
    assert every.marking.marked == 60
    assert half.marking.marked == 30
    enough = found.fewest["faint"]
    assert enough is not None
    assert 30 < enough < 60
    assert expect(60, "tints", wanted=0.5, table=measured((1.0, 0.9))).fewest["faint"] == 60
    assert (found.rows, found.models) == (24, 3)


def test_what_was_not_measured_is_left_out() -> None:
    found = expect(60, "tints", table=measured((1.0, 0.9)))
    assert found.chance(0.1, "faint") is None
    assert found.chance(1.0, "plain") is None


def test_not_even_all_of_them_are_enough() -> None:
    assert expect(60, "tints", table=measured((1.0, 0.3))).fewest["faint"] is None


@pytest.mark.parametrize(
    ("pictures", "family", "wanted", "message"),
    [
        (60, "dead_leaves", 0.8, "nobody has measured how well .* finds 'dead_leaves'"),
        (50_000, "tints", 0.8, "about 50000 pictures were not measured in two models or more"),
        (0, "tints", 0.8, "a plan needs at least 1 picture, got 0"),
        (60, "tints", 1.0, "the wanted power must be above 0 and below 1, got 1"),
    ],
)
def test_no_guesses(pictures: int, family: str, wanted: float, message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        expect(pictures, family, wanted=wanted, table=measured((1.0, 0.9)))
    assert caught.value.hint or wanted == 1 or not pictures


def test_a_single_model_says_nothing_of_others() -> None:
    rows = measured((1.0, 0.9), family="bent").rows
    of_one = MeasuredMarks.of([row for row in rows if row.model == "model 0"], "by hand")
    message = "bent was measured in a single model, which is too little"
    with pytest.raises(PlanError, match=message) as caught:
        expect(60, "bent", visibilities={"strength": ALPHA}, table=of_one)
    assert caught.value.hint == (
        "that model learned labels of 50 to 50 pictures with marks of strength 0.32, and the usual"
        " check found 90% of these marks"
    )
