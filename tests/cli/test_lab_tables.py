"""A table of the lab carries what was measured from one machine to another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from eventually import eventually

from isotopes.lab.runner.results import (
    Results,
    measured_outcomes,
    read_results,
    write_results,
)
from isotopes.lab.trials.experiment import Row

# Each trial notes that it was measured; the third waits until it may go on.
EXPERIMENT = """
import time
from dataclasses import dataclass
from pathlib import Path

from isotopes.lab.trials.experiment import Experiment, Figure


@dataclass(frozen=True)
class Noted:
    seed: int

    def models(self):
        return ()

    def measure(self, models):
        while self.seed == 2 and not Path("go").exists():
            Path("waits").touch()
            time.sleep(0.01)
        with open("measured", "a") as file:
            print(self.seed, file=file)
        extra = {"first": 1.0} if self.seed == 0 else {}
        return [{"seed": self.seed, "rank": 1 / (1 + self.seed)} | extra] * (1 + self.seed)


class Carried(Experiment):
    name = "carried"
    title = "four trials that need no model"
    source = "a test"
    figure = Figure("seed", ("rank",))

    def trials(self, scale):
        for seed in range(4):
            yield Noted(seed)
"""
TABLE = Path("tables") / "carried-desk.parquet"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the experiment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(EXPERIMENT)
    return tmp_path


def isotopes(*lab: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "isotopes", "lab", *lab],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ISOTOPES_DATA": "data"},
        start_new_session=True,
    )


def start(cache: str) -> subprocess.Popen[str]:
    return isotopes("run", "mine.py", "--out", str(TABLE.parent), "--cache", cache)


def stopped(cache: str) -> str:
    """Ctrl-C while the third trial is measured; what was told on stderr."""
    process = start(cache)
    eventually(lambda: Path("waits").exists() or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    return told


# Ctrl-C while the workers are started, which takes seconds.
STARTED_TOO_LATE = """
import runpy
from contextlib import contextmanager

from isotopes import engines


@contextmanager
def interrupted(*_, **__):
    raise KeyboardInterrupt
    yield


engines.open_engine = interrupted
runpy.run_module("isotopes", run_name="__main__")
"""


def well(process: subprocess.Popen[str]) -> None:
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told


def test_a_stopped_run_leaves_a_table_that_another_machine_goes_on_from(home: Path) -> None:
    told = stopped("here")
    assert "2 of 4 trials are left\n" in told
    assert told.endswith("interrupted; run the same command again to go on\n")
    part = read_results(TABLE)
    assert (part.trials, part.waiting, len(part.rows)) == (2, 2, 3)
    # In a process of its own, as tests that run later must not know this experiment.
    well(isotopes("report", "tables", "--file", "mine.py", "--out", "pages"))
    page = (home / "pages" / "carried-desk.md").read_text(encoding="utf-8")
    assert "2 more trials have not been run yet." in page
    Path("go").touch()
    well(start("elsewhere"))
    assert Path("measured").read_text().split() == ["0", "1", "2", "3"]
    whole = read_results(TABLE)
    assert (whole.trials, whole.waiting, whole.failures) == (4, 0, [])
    assert whole.rows[:3] == part.rows
    assert [row["seed"] for row in whole.rows] == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert [row["first"] for row in whole.rows] == [1.0] + [None] * 9
    assert whole.measured[:2] == part.measured
    assert {one.machine for one in measured_outcomes(whole).values()} == set(whole.measured_on)


def test_a_run_stopped_before_its_first_trial_leaves_a_table_of_the_cache(home: Path) -> None:
    stopped("here")
    rows = read_results(TABLE).rows
    TABLE.unlink()
    words = ["lab", "run", "mine.py", "--out", str(TABLE.parent), "--cache", "here"]
    done = subprocess.run(
        [sys.executable, "-c", STARTED_TOO_LATE, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "ISOTOPES_DATA": "data"},
        timeout=120,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert "2 of 4 trials are left\n" in done.stderr
    assert len(rows) == 3
    assert read_results(TABLE).rows == rows


def test_a_stopped_run_does_not_replace_a_larger_table(home: Path) -> None:
    """One that an older version wrote, whose trials aren't known."""
    rows: list[Row] = [{"seed": number, "rank": 0.0} for number in range(5)]
    write_results(
        Results("carried", "desk", rows, 5, [], 0.0, "isotopes lab run", "2026", {}, {}),
        TABLE.parent,
    )
    before = TABLE.read_bytes()
    stopped("here")
    assert TABLE.read_bytes() == before
