"""A run of shards: done once, resumed after anything, and never a picture that stops the rest."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import engine_jobs
import pyarrow.parquet as pq
import pytest
from shard_files import hashes, jpeg, read_tar, row, sample, write_rows, write_tar

from isotopes.engines import EngineExecutor, WorkerLost
from isotopes.errors import FolderError, StoreError
from isotopes.shards import treating as treating_module
from isotopes.shards.run import ATTEMPTS, ShardCollection, ShardSummary, mark_shards
from isotopes.shards.shard import find_shards
from isotopes.shards.source import open_source
from isotopes.shards.stores import open_store
from isotopes.shards.stores.folder import FolderStore
from isotopes.shards.terms import ShardTerms
from isotopes.shards.treating import treating
from isotopes.shards.work import Finished, ShardTask


class Here(EngineExecutor):
    """Runs each job at once; what `before` raises is what becomes of it."""

    def __init__(self, before: Callable[[ShardTask], None] = lambda task: None) -> None:
        self.before = before
        self.tasks: list[ShardTask] = []

    @property
    def workers(self) -> int:
        return 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        self.tasks.append(args[0])
        try:
            self.before(args[0])
            answer.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001
            answer.set_exception(error)
        return answer


@pytest.fixture
def collection(tmp_path: Path) -> ShardCollection:
    write_tar(tmp_path / "in" / "00000.tar", [*sample(0), *sample(1)])
    write_tar(tmp_path / "in" / "00001.tar", sample(2))
    pq.write_table(
        pq.read_table(_rows(tmp_path), columns=["caption", "sha256"]), tmp_path / "in/00000.parquet"
    )
    (tmp_path / "in" / "00000_stats.json").write_text('{"successes": 2}')
    write_rows(tmp_path / "in" / "rows.parquet", [row(5)])
    return open_collection(tmp_path)


def _rows(tmp_path: Path) -> Path:
    write_rows(tmp_path / "rows", [row(0), row(1)])
    return tmp_path / "rows"


def open_collection(folder: Path, **changed: Any) -> ShardCollection:
    source = open_source(str(folder / "in"))
    places = {name: open_store(str(folder / name)) for name in ("out", "private")}
    shards, _ = find_shards(source.items())
    usual: dict[str, Any] = {
        "source": source.store,
        "output": places["out"],
        "private": places["private"],
        "shards": shards,
        "identity": {"share": 1},
    }
    return ShardCollection(**{**usual, **changed})


def run(collection: ShardCollection, terms: ShardTerms, **more: Any) -> ShardSummary:
    return mark_shards(collection, terms, more.pop("executor", Here()), **more)


def test_everything_is_there_and_the_ledger_apart(
    collection: ShardCollection, terms: ShardTerms, tmp_path: Path
) -> None:
    summary = run(collection, terms)
    assert (summary.shards, summary.samples, summary.pictures, summary.marked) == (3, 4, 4, 4)
    assert set(hashes(tmp_path / "out")) == {
        *("00000.tar", "00000.parquet", "00000_stats.json", "00001.tar", "00001_stats.json"),
        *("rows.parquet", ".stats/rows.json"),
    }
    stats = json.loads((tmp_path / "out" / "00000_stats.json").read_text())
    assert stats["successes"] == 2
    assert {name: about["sha256"] for name, about in stats["files"].items()} == {
        name: hashes(tmp_path / "out")[name] for name in ("00000.tar", "00000.parquet")
    }
    told = pq.read_table(tmp_path / "out" / "00000.parquet")["sha256"].to_pylist()
    rows = pq.read_table(tmp_path / "private" / "ledger" / "00000.tar.parquet").to_pylist()
    assert [f"sha256:{one}" for one in told] == [one["after"] for one in rows]
    assert [(one["sample"], one["marked"]) for one in rows] == [("000000", True), ("000001", True)]
    assert terms.key.hex() not in (tmp_path / "private" / "job.json").read_text()


def test_a_rerun_does_what_is_missing_and_nothing_else(
    collection: ShardCollection, terms: ShardTerms, tmp_path: Path
) -> None:
    run(collection, terms)
    whole = hashes(tmp_path / "out")
    (tmp_path / "out" / "00001_stats.json").unlink()
    (tmp_path / "out" / "00000.parquet").write_bytes(b"cut")
    (tmp_path / "out" / ".stats" / "rows.json").write_text("{")
    (tmp_path / "out" / ".0123456789abcdef.part").write_text("half")
    assert (run(collection, terms).shards, hashes(tmp_path / "out")) == (3, whole)
    again = run(collection, terms)
    assert (again.shards, again.before, hashes(tmp_path / "out")) == (0, 3, whole)


def test_no_shard_has_a_marker_before_it_is_committed(
    collection: ShardCollection, terms: ShardTerms, tmp_path: Path
) -> None:
    def refuse(done: Finished) -> None:
        assert (tmp_path / "out" / done.shard.file).exists()
        raise StoreError("the vault is away")

    with pytest.raises(StoreError, match="the vault is away"):
        run(collection, terms, commit=refuse)
    assert not list((tmp_path / "out").rglob("*.json"))


def test_other_terms_into_the_same_output_are_refused(
    collection: ShardCollection, terms: ShardTerms, tmp_path: Path
) -> None:
    run(collection, terms)
    other = open_collection(tmp_path, identity={"share": 0.5})
    with pytest.raises(FolderError, match="holds 00000.tar already, which was not marked by these"):
        run(other, terms)
    elsewhere = open_collection(tmp_path, private=open_store(str(tmp_path / "other")))
    with pytest.raises(FolderError, match="holds 00000.tar already"):
        run(elsewhere, terms)


@pytest.mark.parametrize(
    ("place", "inside", "message"),
    [
        ("private", "out/x", "the private place must not lie in the output"),
        ("output", "in", "the output must not lie in the source"),
        ("output", "in/x", "the output must not lie in the source"),
        ("output", ".", "must not lie in the output"),
    ],
)
@pytest.mark.usefixtures("collection")
def test_places_lie_apart(
    terms: ShardTerms, tmp_path: Path, place: str, inside: str, message: str
) -> None:
    wrong = open_collection(tmp_path, **{place: open_store(str(tmp_path / inside))})
    with pytest.raises(FolderError, match=message):
        run(wrong, terms)
    assert not (tmp_path / "out").exists()


def test_a_lost_worker_costs_an_attempt_and_then_care(
    collection: ShardCollection, terms: ShardTerms, tmp_path: Path
) -> None:
    losses = {"00000": 3, "00001": 1}
    half = tmp_path / "out" / ".0123456789abcdef.part"

    def lose(task: ShardTask) -> None:
        if losses.get(task.shard.name, 0):
            losses[task.shard.name] -= 1
            half.parent.mkdir(exist_ok=True)
            half.write_text("half")
            raise WorkerLost("killed")

    executor = Here(lose)
    summary = run(collection, terms, executor=executor)
    assert (summary.shards, summary.retried, summary.failed) == (3, 4, {})
    care = [task.careful for task in executor.tasks if task.shard.name == "00000"]
    assert care == [False, False, True, True]
    assert not half.exists()


def test_what_fails_for_good_is_told_and_the_others_go_on(
    collection: ShardCollection, terms: ShardTerms, tmp_path: Path
) -> None:
    (tmp_path / "in" / "00001.tar").write_bytes(b"no tar" * 200)
    collection = open_collection(tmp_path)

    def fail(task: ShardTask) -> None:
        if task.shard.name == "rows":
            raise StoreError("away")

    executor = Here(fail)
    summary = run(collection, terms, executor=executor)
    assert summary.shards == 1
    assert summary.failed["rows"] == "away"
    assert "00001.tar is no whole tar file" in summary.failed["00001"]
    assert [task.shard.name for task in executor.tasks].count("rows") == ATTEMPTS


class Cutting(FolderStore):
    """Gives only the first sample of a tar, which reads like a whole tar, the first times."""

    times = 2

    @contextmanager
    def local_copy(self, name: str, workspace: Path) -> Iterator[Path]:
        with super().local_copy(name, workspace) as path:
            if self.times and name.endswith(".tar"):
                Cutting.times -= 1
                with tarfile.open(path) as archive:
                    end = archive.getmember("000001.jpg").offset
                path = workspace / "cut"  # noqa: PLW2901
                path.write_bytes((self.folder / name).read_bytes()[:end])
            yield path


def test_a_tar_that_comes_cut_between_two_members_is_read_again(
    tmp_path: Path, terms: ShardTerms
) -> None:
    write_tar(tmp_path / "in" / "00000.tar", [*sample(0), *sample(1)])
    collection = open_collection(tmp_path, source=Cutting(tmp_path / "in"))
    summary = run(collection, terms)
    assert (summary.shards, summary.pictures, summary.retried) == (1, 2, 2)


def test_a_picture_that_kills_its_decoder_stays_alone(
    tmp_path: Path, make_terms: Callable[..., ShardTerms], monkeypatch: pytest.MonkeyPatch
) -> None:
    from isotopes.shards.layouts.tar import rewrite_tar

    monkeypatch.setattr(treating_module, "treat_sample", engine_jobs.treat_or_die)
    members = [("1.jpg", engine_jobs.DEADLY), ("2.jpg", jpeg(1)), ("3.jpg", engine_jobs.ENDLESS)]
    write_tar(tmp_path / "a.tar", members)
    terms = make_terms(seconds=2.0)
    with treating(terms, careful=True) as treat:
        found = rewrite_tar(tmp_path / "a.tar", tmp_path / "b.tar", terms, treat)
    after = read_tar(tmp_path / "b.tar")
    assert after["1.jpg"] == engine_jobs.DEADLY
    assert [one.marked for one in found.rows] == [False, True, False]
    assert "its process was killed" in found.rows[0].reason
    assert found.rows[2].reason == "it took too long to decode"
