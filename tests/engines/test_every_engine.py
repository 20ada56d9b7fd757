"""What every engine promises, and that shards come out the same on each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_jobs
import pytest
from shard_files import hashes, sample, write_rows, write_tar
from shard_files import row as parquet_row

from isotopes.engines import Engine, WorkerLost, open_engine
from isotopes.errors import IsotopesError
from isotopes.vault import Vault
from isotopes.workflows.sharding import ShardRequest, find, mark_collection, shard_workers


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """A Ray of two processors."""
    ray = pytest.importorskip("ray")
    quiet = {"include_dashboard": False, "log_to_driver": False, "configure_logging": False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # its workers import `engine_jobs`
        ray.init("local", num_cpus=2, num_gpus=0, **quiet)
        yield ray
        ray.shutdown()


@pytest.fixture(params=["local", "ray"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "ray":
        request.getfixturevalue("ray")
    name: Engine = request.param
    return name


def test_an_engine_keeps_its_promises(engine: Engine, tmp_path: Path) -> None:
    with open_engine(engine, 2, engine_jobs.prepare, retries=1) as executor:
        assert executor.workers == 2
        lost = executor.submit(engine_jobs.die, tmp_path / "twice", 2)
        back = executor.submit(engine_jobs.die, tmp_path / "once", 1)
        refused = executor.submit(engine_jobs.refuse, "why")
        unsendable = executor.submit(lambda: None)
        assert executor.submit(engine_jobs.prepared).result(timeout=60) is not None
        assert back.result(timeout=60) == "alive"
        assert isinstance(lost.exception(timeout=60), WorkerLost)
        with pytest.raises(KeyError, match="why"):
            refused.result(timeout=60)
        if engine == "local":
            assert unsendable.exception(timeout=60) is not None


def test_shards_come_out_the_same(engine: Engine, tmp_path: Path, reference: Path) -> None:
    with Vault.open(reference / "vault.sqlite") as vault:
        mark(reference, vault, tmp_path / "out", engine)
    assert hashes(tmp_path / "out") == hashes(reference / "out")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of every layout, a vault, and the shards as one process marks them."""
    folder = tmp_path_factory.mktemp("reference")
    for shard in range(3):
        members = [one for seed in range(4) for one in sample(4 * shard + seed)]
        write_tar(folder / "in" / f"{shard:05}.tar", members)
    write_rows(folder / "in" / "train" / "rows.parquet", [parquet_row(seed) for seed in range(5)])
    with Vault.create(folder / "vault.sqlite") as vault:
        mark(folder, vault, folder / "out", "local", adds=False, workers=1)
    return folder


def mark(
    folder: Path, vault: Vault, out: Path, engine: Engine, *, adds: bool = True, workers: int = 2
) -> None:
    request = ShardRequest(
        str(folder / "in"), str(out), "all", str(out) + "-ledger", share=0.5, adds=adds
    )
    with shard_workers(request, engine, workers) as executor:
        done = mark_collection(request, vault, find(request), executor)
    assert (done.summary.shards, done.summary.failed, done.summary.pictures) == (4, {}, 17)


@pytest.mark.parametrize("running", [False, True])
def test_a_cluster_of_its_own_has_the_cores_that_may_be_used(
    running: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    from isotopes.engines import ray_cluster

    monkeypatch.setattr(ray_cluster, "cores", lambda: 3)
    calls: list[dict[str, object]] = []

    class Ray:
        def init(self, **settings: object) -> None:
            calls.append(settings)
            if running and "num_cpus" in settings:
                raise ValueError("When connecting to an existing cluster, num_cpus must not be set")

    ray_cluster._connect(Ray(), None)
    assert [one.get("num_cpus") for one in calls] == ([3, None] if running else [3])


def test_a_cluster_that_isnt_there_is_named(ray: Any) -> None:
    from isotopes.engines.ray_cluster import _connect

    class NoCluster:
        def init(self, **_: object) -> None:
            raise ConnectionError("refused")

    with pytest.raises(IsotopesError, match="no Ray cluster answers at ray://nowhere"):
        _connect(NoCluster(), "ray://nowhere:1")
