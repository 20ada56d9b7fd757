"""The same results whatever runs the jobs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isotopes.errors import IsotopesError
from isotopes.lab.engine import Engine, open_engine
from isotopes.lab.extension import load_extension
from isotopes.lab.ray_engine import shares
from isotopes.lab.run import run_trials
from isotopes.lab.store import Measured

FILE = Path(__file__).with_name("extension_for_engines.py")


@pytest.fixture
def module() -> Any:
    return sys.modules[load_extension(FILE)]


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """A Ray of two processors."""
    ray = pytest.importorskip("ray")
    ray.init(
        num_cpus=2,
        num_gpus=0,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
    )
    yield ray
    ray.shutdown()


def outcomes(engine: Engine, folder: Path, module: Any) -> list[Measured]:
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
    assert shares({"CPU": 2.0}, 2) == (1, 0)
    assert shares({"CPU": 2.0}, 5) == (1, 0)
    assert shares({"CPU": 64.0, "GPU": 4.0}, 8) == (8, 0.5)
    assert shares({"CPU": 64.0, "GPU": 4.0}, 2) == (32, 1)
    assert shares({"CPU": 64.0, "GPU": 2.0}, 3) == (21, 0.5)  # a third job fits, on either


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(IsotopesError, match="the engine 'ray' needs Ray") as caught,
        open_engine("ray", 1),
    ):
        pass
    assert caught.value.hint == "pip install 'isotopes[ray]'"
