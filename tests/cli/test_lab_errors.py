"""What `isotopes lab` says where something is wrong: in words, and before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isotopes.cli.commands import lab
from isotopes.errors import FolderError, IsotopesError
from isotopes.lab.runner.results import Results, write_results
from isotopes.lab.runner.store import TrialOutcome

TABLE = Results("table3", "desk", [], 0, [], 0.0, "isotopes lab run table3", "2026", {}, {})


@dataclass(frozen=True)
class Nothing:
    """A trial that nobody runs."""

    seed: int


def refused(*command: str) -> IsotopesError:
    """The error that the command ends with; `isotopes` tells it in words."""
    done = CliRunner().invoke(lab.app, list(command))
    assert isinstance(done.exception, IsotopesError), done.exception
    return done.exception


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; nothing may be trained."""

    def train(*_args: Any, **_options: Any) -> None:
        raise AssertionError("it trains")

    monkeypatch.setattr("isotopes.lab.runner.run.run_trials", train)
    monkeypatch.setenv("ISOTOPES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ISOTOPES_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("option", ["--out", "--cache", "--tensorboard"])
def test_a_run_whose_results_can_t_be_written_is_refused(
    option: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isotopes.lab.train.tensorboard.need_tensorboard", lambda: None)
    (folder / "taken").touch()
    error = refused("run", "table3", option, "taken")
    assert isinstance(error, FolderError)
    assert str(error).endswith("taken must be a folder to write to, and is a file")


def test_a_run_without_results_is_an_error_and_an_earlier_table_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = [Nothing(0), Nothing(1)]
    monkeypatch.setattr("isotopes.lab.experiments.table3.Table3.trials", lambda *_: trials)
    failed = [TrialOutcome([], 0.0, "KeyError: 'x'")] * 2
    monkeypatch.setattr("isotopes.lab.runner.run.run_trials", lambda *_, **__: failed)
    before = write_results(TABLE, folder / "tables").read_bytes()
    done = CliRunner().invoke(lab.app, ["run", "table3", "--out", "tables"])
    assert str(done.exception) == "no trial succeeded, so there is no table of table3"
    assert (folder / "tables" / "table3-desk.parquet").read_bytes() == before


def test_a_report_that_can_t_be_written_is_refused(folder: Path) -> None:
    (folder / "taken").touch()
    write_results(TABLE, folder / "tables")
    error = refused("report", "tables", "--out", "taken/pages")
    assert isinstance(error, FolderError)
    assert str(error) == "the folder taken/pages can't be written: Not a directory"


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ("nowhere", "nowhere is not there"),
        ("tables/table3-desk.parquet", "tables/table3-desk.parquet is a file"),
        ("empty", "empty holds no tables"),
    ],
)
def test_a_report_of_no_tables_is_refused(tables: str, said: str, folder: Path) -> None:
    (folder / "empty").mkdir()
    write_results(TABLE, folder / "tables")
    error = refused("report", tables, "--out", "pages")
    assert isinstance(error, FolderError)
    assert str(error).endswith(said)
    assert not (folder / "pages").exists()


def test_a_table_of_an_experiment_of_one_s_own_asks_for_its_file(folder: Path) -> None:
    write_results(TABLE, folder / "tables")
    command = "isotopes lab run mine.py --scale desk"
    write_results(replace(TABLE, experiment="mine", command=command), folder / "tables")
    error = refused("report", "tables", "--out", "pages")
    assert "mine-desk.parquet is of the experiment 'mine'" in str(error)
    assert "--file FILE" in (error.hint or "")
    assert command in (error.hint or "")
    assert not (folder / "pages").exists()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\ndef broken(:\n", "SyntaxError: invalid syntax (mine.py, line 2)"),
        ("\nimport nosuchthing\n", "No module named 'nosuchthing' (mine.py, line 2)"),
        ('x = {}\n\nx["y"]\n', "KeyError: 'y' (mine.py, line 3)"),
    ],
)
def test_a_file_of_one_s_own_that_python_can_t_run_is_named_with_the_line(
    code: str, said: str, folder: Path
) -> None:
    (folder / "mine.py").write_text(code, encoding="utf-8")
    write_results(TABLE, folder / "tables")
    for command in (["run", "mine.py"], ["report", "tables", "--file", "mine.py"]):
        error = refused(*command)
        assert str(error).startswith(f"{folder / 'mine.py'} can't be run: ")
        assert str(error).endswith(said)
        assert error.hint is None
