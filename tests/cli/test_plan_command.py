from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from isotopes.cli.commands.before_marking.plan import plan
from isotopes.errors import FolderError, PlanError
from isotopes.verify.power import effect_table
from isotopes.verify.power.effect_table import (
    EffectTable,
    Gain,
    MeasuredEffect,
    TrainingSetting,
    load_effects,
)
from isotopes.workflows.planning import Planned, decoys_asked, plan_ahead

SETTING = TrainingSetting("gratings", 0.4, 0.1, 500, 100)
GAIN = Gain(gain=2.0, mark_noise=1.5, decoy_spread=0.3, decoy_noise=1.2)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [MeasuredEffect(SETTING, GAIN, f"model {at}").to_row() for at in range(12)]
    path = tmp_path / "effects.json"
    path.write_text(json.dumps({"command": "python -m bench.x", "rows": rows}))
    return path


def run(table: Path, *more: str, labels: int = 100, pictures: int = 500) -> Result:
    app = typer.Typer()
    app.command()(plan)
    planned = ("--labels", str(labels), "--pictures", str(pictures), "--family", "gratings")
    more = ("--others-pictures", *more)
    return CliRunner().invoke(app, [*planned, "--table", str(table), *more])


def test_json_is_the_expectation(table: Path) -> None:
    found = run(table, "--budget", "2500", "--json")
    planned = Planned.from_dict(json.loads(found.stdout))
    assert planned == plan_ahead(load_effects(table), SETTING, budget=2500)
    assert planned.best is not None
    assert planned.cheapest is not None
    assert planned.best.queries_most <= 2500
    assert planned.best.low < planned.best.power <= planned.best.high
    assert planned.cheapest.power >= 0.95
    assert planned.cheapest.queries_innocent < planned.cheapest.queries_guilty
    assert planned.usual.table == load_effects(table).digest
    assert "measured by python -m bench.x" in found.stderr
    assert "extrapolated" not in found.stderr


def test_what_lies_outside_of_what_was_measured_is_told(table: Path) -> None:
    found = run(table, labels=1000)
    assert "extrapolated: this many labels lies outside all that was measured" in found.stderr
    assert "extrapolated" in json.loads(run(table, "--json", labels=1000).stdout)["usual"]


def test_a_search_takes_decoys_for_the_scale_and_as_many_as_are_committed(table: Path) -> None:
    found = plan_ahead(load_effects(table), SETTING, search=True)
    assert decoys_asked(found.usual, found.searched) <= 199
    assert found.usual.power < plan_ahead(load_effects(table), SETTING).usual.power + 1e-9
    assert "--any-label" in run(table, "--any-label").stdout


def test_more_decoys_than_are_committed_by_default_are_told(table: Path) -> None:
    assert "mark with --decoys 999" in run(table, "--level", "0.001").stderr


def test_a_power_that_no_number_of_queries_reaches(tmp_path: Path) -> None:
    rows = [MeasuredEffect(SETTING, Gain(0.1, 1, 1, 1), f"model {at}") for at in range(5)]
    found = plan_ahead(EffectTable.of(rows, "x"), SETTING)
    assert found.cheapest is None
    path = tmp_path / "weak.json"
    path.write_text(json.dumps({"command": "x", "rows": [row.to_row() for row in rows]}))
    assert "no number of queries is expected to reach a power of 0.95" in run(path).stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--budget", "10"), "a test at level 0.01 may need 505 queries, got a budget of 10"),
        (("--power", "1"), "the wanted power must be above 0 and below 1, got 1"),
        (("--level", "0"), "the level must be above 0 and below 1, got 0"),
        (("--level", "2"), "the level must be above 0 and below 1, got 2"),
        (("--share", "1.5"), "mark_fraction must be at most 1, got 1.5"),
        (("--family", "random_pixels"), "no effect of family 'random_pixels' was measured"),
    ],
)
def test_what_can_not_be_planned(table: Path, more: tuple[str, ...], message: str) -> None:
    found = run(table, *more)
    assert isinstance(found.exception, PlanError)
    assert message in str(found.exception)
    assert found.stdout == ""


def test_more_pictures_than_a_number_can_count_are_refused(table: Path) -> None:
    found = run(table, pictures=10**24)
    assert found.exit_code == 2
    assert "1000000000" in found.stderr


def test_no_table_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effect_table, "INSTALLED", tmp_path / "none.json")
    found = run(tmp_path / "none.json")
    assert isinstance(found.exception, FolderError)
    assert found.exception.hint is not None
    assert "--table FILE" in found.exception.hint


def test_the_command_in_a_process_of_its_own(table: Path) -> None:
    words = ["plan", "--others-pictures", "--labels", "100", "--pictures", "500"]
    words += ["--family", "gratings", "--table", str(table)]
    command = [sys.executable, "-m", "isotopes", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cheapest for 0.95" in done.stdout
    assert "isotopes check ISOTOPE --method sequential --label LABEL" in done.stdout
    assert "isotopes mark FOLDER --out MARKED --family gratings" in done.stdout
    mark, check = (line for line in done.stdout.splitlines() if line.startswith("isotopes "))
    assert mark.split("--decoys ")[1] == check.split("--decoys ")[1].split()[0]
    again = subprocess.run([*command, "--budget", "3"], capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "hint: raise the budget or the level" in again.stderr
