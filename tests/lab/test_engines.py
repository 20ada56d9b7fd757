"""The same results whatever runs the jobs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from image_files import write_folders

from isotopes.engines.ray_cluster import job_resources
from isotopes.errors import IsotopesError
from isotopes.lab.runner.engine import Engine, open_engine
from isotopes.lab.runner.extension import load_extension
from isotopes.lab.runner.run import run_trials
from isotopes.lab.runner.store import Store, TrialOutcome

FILE = Path(__file__).parents[1] / "helpers" / "extension_for_engines.py"
FAULTS = ('    raise Unpicklable("no", "seed")', 'raise KeyError("epochs")')  # there


@pytest.fixture
def module() -> Any:
    return sys.modules[load_extension(FILE)]


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """A Ray of two processors."""
    ray = pytest.importorskip("ray")
    ray.init(
        "local",  # not one that another program left
        num_cpus=2,
        num_gpus=0,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
    )
    yield ray
    ray.shutdown()


def outcomes(engine: Engine, folder: Path, module: Any) -> list[TrialOutcome]:
    trials = [module.Answer(seed) for seed in range(3)]
    with open_engine(engine, 2, FILE) as executor:
        return run_trials(trials, folder, executor, slots=2)


def test_a_cluster_gives_the_rows_that_processes_give(
    tmp_path: Path, module: Any, ray: Any
) -> None:
    here = outcomes("local", tmp_path / "local", module)
    there = outcomes("ray", tmp_path / "ray", module)
    assert [one.rows for one in here] == [one.rows for one in there]
    assert [one.failure for one in there] == [None, None, "there is no second answer"]
    assert here[0].rows[0]["answer"] != here[1].rows[0]["answer"]


def test_a_job_whose_worker_is_lost_is_done_again(tmp_path: Path, module: Any, ray: Any) -> None:
    with open_engine("ray", 1, FILE) as executor:
        job = executor.submit(module.die_once, str(tmp_path / "marker"))
        assert job.result(timeout=60) == "alive"


def test_jobs_share_what_there_is() -> None:
    assert job_resources({"CPU": 2.0}, 2) == (1, 0)
    assert job_resources({"CPU": 2.0}, 5) == (1, 0)
    assert job_resources({"CPU": 64.0, "GPU": 4.0}, 8) == (8, 0.5)
    assert job_resources({"CPU": 64.0, "GPU": 4.0}, 2) == (32, 1)
    assert job_resources({"CPU": 64.0, "GPU": 2.0}, 3) == (21, 0.5)  # a third job fits, on either


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(IsotopesError, match="the engine 'ray' needs Ray") as caught,
        open_engine("ray", 1),
    ):
        pass
    assert caught.value.hint == "in a checkout: pip install '.[ray]'"


def test_what_users_code_raises_fails_its_trial_alone(tmp_path: Path, module: Any) -> None:
    trials = [module.Fault(0), module.OfUntrainable(1), module.Fault(1)]
    with open_engine("local", 1, FILE) as executor:
        found = run_trials(trials, tmp_path, executor)
    faults = [
        line for line, text in enumerate(FILE.read_text().splitlines(), 1) if "  raise " in text
    ]
    assert [one.failure for one in found] == [
        f"Unpicklable: no seed (extension_for_engines.py, line {faults[1]})",
        f"KeyError: 'epochs' (extension_for_engines.py, line {faults[2]})",
        None,
    ]
    assert found[2].rows == [{"seed": 1}]


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_what_an_engine_can_t_send_fails_its_trial_alone(
    engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if engine == "ray":
        request.getfixturevalue("ray")

    @dataclass(frozen=True)
    class Local:  # no other process can find it
        seed: int = 0

        def models(self) -> list[Any]:
            return []

    with open_engine(engine, 1) as executor:
        (found,) = run_trials([Local()], tmp_path, executor)  # type: ignore[list-item]
    assert found.failure is not None
    assert "Local" in found.failure


def test_a_killed_worker_ends_the_run_in_words_and_keeps_what_was_done(
    tmp_path: Path, module: Any
) -> None:
    trials = [module.Fault(1), module.Fault(0, kill=True), module.Fault(2)]
    with (
        pytest.raises(IsotopesError, match="a worker process was killed") as caught,
        open_engine("local", 1, FILE) as executor,
    ):
        run_trials(trials, tmp_path, executor)
    assert "what was done is kept: run the same again" in (caught.value.hint or "")
    assert [Store(tmp_path).found(trial) is None for trial in trials] == [False, True, True]


@pytest.fixture
def torn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder, and the task `folder:torn` with a damaged picture."""
    monkeypatch.setenv("ISOTOPES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ISOTOPES_LAB_CACHE", str(tmp_path / "cache"))
    write_folders(tmp_path / "data" / "torn", 10)
    (tmp_path / "data" / "torn" / "red" / "00.png").write_bytes(b"torn")
    return tmp_path / "cache"


@pytest.mark.parametrize("engine", ["local", "ray"])
def test_damaged_pictures_are_told_of_wherever_they_were_found(
    engine: Engine,
    torn: Path,
    module: Any,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    if engine == "ray":
        request.getfixturevalue("ray")
    line = "1 of 24 pictures of the task folder:torn are damaged and left out: red/00.png"
    with open_engine(engine, 1, FILE) as executor:
        for seed, failure in ((0, None), (1, "one is enough")):
            told: list[str] = []
            (found,) = run_trials([module.Count(seed)], torn, executor, tell=told.append)
            assert (found.failure, told) == (failure, [line])
    assert "red/00.png" not in capfd.readouterr().err  # the worker says nothing itself


KILLED = """
import os, signal, sys, time

from isotopes.lab.runner.engine import open_engine

if __name__ == "__main__":
    with open_engine("local", 1) as executor:
        executor.submit(os.getpid).result()
        executor.submit(time.sleep, 30)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    # Its workers have its stdout: that it ends means that they have.
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        parent.communicate(timeout=20)
    assert parent.returncode == -signal.SIGKILL
