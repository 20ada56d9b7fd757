"""`isotopes plan` for a check of one's own pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from isotopes.cli.commands.before_marking.plan import plan
from isotopes.errors import FolderError, PlanError
from isotopes.marks import get_family
from isotopes.verify.power import own_pictures
from isotopes.verify.power.own_pictures import Marking, MeasuredMark
from isotopes.workflows.expecting import Expected, expect

VISIBILITIES = get_family("tints").visibilities
POWERS = {"subtle": 0.4, "faint": 0.9, "plain": 1.0}


@pytest.fixture(autouse=True)
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve marks of each visibility in three models, all of 50 pictures marked."""
    rows = [
        MeasuredMark(Marking("tints", VISIBILITIES[word], 1.0, 50), power, f"model {at % 3}")
        for word, power in POWERS.items()
        for at in range(12)
    ]
    path = tmp_path / "measured.json"
    path.write_text(json.dumps({"command": "by hand", "rows": [one.to_row() for one in rows]}))
    monkeypatch.setattr(own_pictures, "MEASURED", path)
    return path


def run(*words: str) -> Result:
    app = typer.Typer()
    app.command()(plan)
    return CliRunner().invoke(app, list(words))


def test_the_photographers_question_has_an_answer() -> None:
    found = run("--pictures", "60")
    assert found.exit_code == 0, found.exception
    assert "all 60" in found.stdout
    assert "6 of 60" in found.stdout
    assert "not measured" in found.stdout
    assert re.search(r"Mark all 60, faintly: the mark is found in about (89|90)% of", found.stdout)
    assert re.search(r"Mark all 60, plainly: the mark is found in about (99|100)% of", found.stdout)
    assert "isotopes mark FOLDER --out MARKED --share 1" in found.stdout
    assert "36 marked labels of 3 small networks" in found.stderr
    assert "at most 1 of 100" in found.stderr


def test_a_chance_that_nothing_reaches_is_told() -> None:
    words = " ".join(run("--pictures", "60", "--power", "0.95").stdout.split())
    assert "Marked faintly, 60 pictures are not expected to be found in 95% of such" in words


def test_json_is_the_expectation() -> None:
    found = run("--pictures", "60", "--json")
    assert Expected.from_dict(json.loads(found.stdout)) == expect(60, "tints")


def test_one_share_and_one_visibility() -> None:
    found = run("--pictures", "40", "--share", "0.8", "--alpha", "0.3")
    assert "32 of 40" in found.stdout
    assert "alpha 0.3" in found.stdout
    assert "--share 0.8 --alpha 0.3" in found.stdout


@pytest.mark.parametrize(
    ("more", "message", "hint"),
    [
        (("--budget", "500"), "--budget belongs to a check with other people's", "--others-pict"),
        (("--any-label",), "--any-label belongs to a check with other people's", "--others-pict"),
        (("--level", "0.05"), "--level belongs to a check with other people's", "--others-pict"),
        (("--family", "dead_leaves"), "nobody has measured", "measured for that: tints"),
        (("--share", "2"), "share must be above 0 and at most 1, got 2", None),
        (("--others-pictures",), "how many labels the model has", "give --labels"),
    ],
)
def test_what_can_not_be_planned(more: tuple[str, ...], message: str, hint: str | None) -> None:
    found = run("--pictures", "60", *more)
    assert isinstance(found.exception, PlanError)
    assert message in str(found.exception)
    assert hint is None or hint in (found.exception.hint or "")
    assert found.stdout == ""


def test_without_a_table_nothing_is_guessed(table: Path) -> None:
    table.unlink()
    found = run("--pictures", "60")
    assert isinstance(found.exception, FolderError)
    assert "nobody has measured yet how well a check of own pictures" in str(found.exception)
    assert found.stdout == ""


def test_the_table_of_this_release_answers_for_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipped = Path(own_pictures.__file__).with_name("own_pictures.json")
    monkeypatch.setattr(own_pictures, "MEASURED", shipped)
    found = run("--pictures", "60")
    assert found.exit_code == 0, found.exception
    assert "Mark all 60, faintly: the mark is found in about" in found.stdout
    assert "python -m bench.own_pictures" in found.stderr
