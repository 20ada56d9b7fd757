"""What `isotopes lab` says where something is wrong: in words, and before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isotopes.cli import lab
from isotopes.errors import FolderError, IsotopesError


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

    monkeypatch.setattr("isotopes.lab.run.run_trials", train)
    monkeypatch.setenv("ISOTOPES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ISOTOPES_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("option", ["--out", "--cache", "--tensorboard"])
def test_a_run_whose_results_can_t_be_written_is_refused(
    option: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isotopes.lab.curves.need_tensorboard", lambda: None)
    (folder / "taken").touch()
    error = refused("run", "table3", option, "taken")
    assert isinstance(error, FolderError)
    assert str(error).endswith("taken must be a folder to write to, and is a file")


def test_a_report_that_can_t_be_written_is_refused(folder: Path) -> None:
    (folder / "taken").touch()
    error = refused("report", "--out", "taken/pages")
    assert isinstance(error, FolderError)
    assert str(error) == "the folder taken/pages can't be written: Not a directory"
