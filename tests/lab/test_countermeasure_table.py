"""The table of all countermeasures, and the rate of false accusations beside it."""

from __future__ import annotations

from isotopes.lab.trials.countermeasure_table import MEASURES, accused, countermeasure_table
from isotopes.lab.trials.experiment import Row


def row(marks: str, defence: str, label: int, found: float) -> Row:
    measured: Row = dict.fromkeys(MEASURES, found)
    return {"marks": marks, "defence": defence, "label": label, "seed": 0, **measured}


def test_each_countermeasure_has_a_row_and_both_marks_their_columns() -> None:
    rows = [
        row("paper", "jpeg 25", 0, 0.25),
        row("paper", "jpeg 25", 1, 0.75),
        row("paper", "none", 0, 1.0),
        row("default", "none", 0, 0.0),
    ]
    head, rule, none, jpeg = countermeasure_table(rows)
    assert head.split(" | ")[1] == "paper: accuracy lost"
    assert head.split(" | ")[7] == "default: accuracy lost"
    assert {line.count("|") for line in (head, rule, none, jpeg)} == {14}
    assert none == "| none | " + " | ".join(["1.00"] * 6 + ["0.00"] * 6) + " |"
    assert jpeg == "| jpeg 25 | " + " | ".join(["0.50"] * 6 + [""] * 6) + " |"


def test_repeated_tests_of_a_mark_count_as_one_mark() -> None:
    """Ten countermeasures tell no more of two marks than one does."""
    few = [row("paper", "none", label, float(label)) for label in (0, 1)]
    many = [row("paper", f"jpeg {n}", label, float(label)) for n in range(10) for label in (0, 1)]
    assert accused(few, "rank") == "1 of 2 (0.500; over the 2 marks 0.000 to 1.000)"
    assert accused(many, "rank") == "10 of 20 (0.500; over the 2 marks 0.000 to 1.000)"
