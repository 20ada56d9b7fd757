"""A collection: each shard is marked once, however often the run is interrupted and resumed."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

from isotopes.canonical import canonical_json
from isotopes.engines import EngineExecutor, WorkerLost
from isotopes.errors import FolderError, IsotopesError, StoreError
from isotopes.shards.shard import Shard
from isotopes.shards.stores import ShardStore
from isotopes.shards.stores.folder import FolderStore
from isotopes.shards.terms import ShardTerms
from isotopes.shards.work import Finished, ShardTask, is_finished, mark_shard

JOB = "job.json"  # in the private store: the terms by which all shards are marked
ATTEMPTS = 6  # at one shard, if its worker is lost or a store fails
SLOTS = 2  # shards for each worker: one in progress, one waiting
CAREFUL_FROM = 2  # losses: a machine may be lost, but a second loss suggests a bad picture

Progress = Callable[[int, int, str], None]  # shards done, shards in all, name of the last one
Commit = Callable[[Finished], object]


@dataclass(frozen=True)
class ShardCollection:
    """What to mark, and where to write it.

    Attributes:
        source, output: stores; they must not overlap.
        private: where the ledger goes, outside `output`, which will be published.
        shards: in order.
        identity: what the marks depend on, in JSON types and without secrets. Another run into
            the same output must have the same identity.
    """

    source: ShardStore
    output: ShardStore
    private: ShardStore
    shards: Sequence[Shard]
    identity: Mapping[str, Any]


@dataclass
class ShardSummary:
    """What a run did.

    Attributes:
        shards: finished now.
        before: finished by earlier runs.
        samples, pictures, marked, bytes: in the shards finished now.
        unmarkable: pictures that could not be marked, by reason.
        failed: shards that could not be done, with the reason.
        retried: how often a shard was started again because its worker was lost or a store failed.
        seconds: of this run.
    """

    shards: int = 0
    before: int = 0
    samples: int = 0
    pictures: int = 0
    marked: int = 0
    bytes: int = 0
    unmarkable: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    retried: int = 0
    seconds: float = 0.0

    def add(self, done: Finished) -> None:
        self.shards += 1
        self.samples += done.samples
        self.pictures += done.pictures
        self.marked += done.marked
        self.bytes += done.bytes
        self.unmarkable.update(done.unmarkable)

    def __str__(self) -> str:
        rate = self.pictures / self.seconds if self.seconds else 0.0
        text = (
            f"{self.shards} shard(s), {self.pictures:,} pictures, {self.marked:,} of them marked,"
            f" in {self.seconds:.1f} s ({rate:,.0f} a second)"
        )
        return f"{text}; {self.before} shard(s) were done before" if self.before else text

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "shards": self.shards,
            "before": self.before,
            "samples": self.samples,
            "pictures": self.pictures,
            "marked": self.marked,
            "bytes": self.bytes,
            "unmarkable": dict(self.unmarkable.most_common()),
            "failed": self.failed,
            "retried": self.retried,
            "seconds": round(self.seconds, 3),
        }


def mark_shards(
    collection: ShardCollection,
    terms: ShardTerms,
    executor: EngineExecutor,
    *,
    commit: Commit | None = None,
    progress: Progress | None = None,
) -> ShardSummary:
    """Mark all shards that have no valid marker yet.

    Args:
        executor: where shards are marked (`engines.open_engine`, with `prepare_worker`).
        commit: called with each written shard before its marker is; may raise.
        progress: called at the start and after each shard.

    Raises:
        FolderError: the output holds shards that were marked by other or unknown terms.
        StoreError: the stores can't be listed or written.
        IsotopesError: no worker can be started.
    """
    started = time.perf_counter()
    check_apart(collection)
    pending = _pending(collection)
    total = len(collection.shards)
    summary = ShardSummary(before=total - len(pending))
    run = _Run(collection, terms, executor, summary, commit)
    if progress is not None:
        progress(summary.before, total, "")
    for name in run.finish(pending):
        summary.seconds = time.perf_counter() - started
        if progress is not None:
            progress(summary.before + summary.shards + len(summary.failed), total, name)
    _discard_unfinished(collection)
    summary.seconds = time.perf_counter() - started
    return summary


def check_apart(collection: ShardCollection) -> None:
    """Raise FolderError if one of the three places lies in another."""
    places = {
        "the source": collection.source,
        "the output": collection.output,
        "the private place": collection.private,
    }
    named = [(what, store.address.rstrip("/") + "/") for what, store in places.items()]
    for what, place in named:
        for other, within in named:
            if what != other and within.startswith(place) and other != "the source":
                raise FolderError(f"{other} must not lie in {what}: {within}")
    if named[0][1].startswith(named[1][1]):
        raise FolderError(f"the source must not lie in the output: {named[0][1]}")


def _pending(collection: ShardCollection) -> list[Shard]:
    """The shards without a valid marker, after checking that the output belongs to this job."""
    output, private = collection.output, collection.private
    sizes = {item.name: item.size for item in output.items()}
    identity = canonical_json(collection.identity)
    known = private.read(JOB)
    there = next((one.file for one in collection.shards if one.file in sizes), None)
    if known != identity and there is not None:
        raise FolderError(
            f"{output.address} holds {there} already, which was not marked by these terms",
            hint="repeat the command that wrote it, choose another --out, or name the --private"
            f" place of the run that wrote it (now {private.address})",
        )
    if known != identity:
        private.write(JOB, identity)
    _discard_unfinished(collection)
    return [
        shard
        for shard in collection.shards
        if shard.marker not in sizes or not is_finished(output.read(shard.marker), sizes, shard)
    ]


def _discard_unfinished(collection: ShardCollection) -> None:
    """Remove half-written files of workers that were killed, in this run or an earlier one."""
    for store in (collection.output, collection.private):
        if isinstance(store, FolderStore):
            store.discard_unfinished()


class _Run:
    """Hands out shards to workers and collects the results."""

    def __init__(
        self,
        collection: ShardCollection,
        terms: ShardTerms,
        executor: EngineExecutor,
        summary: ShardSummary,
        commit: Commit | None,
    ) -> None:
        self._collection, self._terms = collection, terms
        self._executor, self._summary, self._commit = executor, summary, commit
        self._attempts: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()

    def finish(self, pending: Iterable[Shard]) -> Iterable[str]:
        """Process these shards; yield the name of each that is finished or given up."""
        waiting = deque(self._task(shard) for shard in pending)
        running: dict[Future[Finished], ShardTask] = {}
        while waiting or running:
            while waiting and len(running) < SLOTS * self._executor.workers:
                task = waiting.popleft()
                running[self._executor.submit(mark_shard, task)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                again = self._take(task, future)
                if again is None:
                    yield task.shard.name
                else:
                    waiting.append(again)  # last: it may have to wait for its store

    def _take(self, task: ShardTask, future: Future[Finished]) -> ShardTask | None:
        """Commit a shard; or, if another attempt makes sense, return what to do next."""
        name = task.shard.name
        try:
            done = future.result()
        except WorkerLost as error:
            self._losses[name] += 1
            return self._again(task, f"its worker was lost: {error}")
        except BrokenExecutor as error:
            raise IsotopesError(str(error)) from error
        except StoreError as error:
            return self._again(task, str(error))
        except FolderError as error:  # a damaged shard: another attempt won't help
            self._summary.failed[name] = error.in_full
            return None
        except MemoryError:
            return self._again(task, "no memory is left")
        if self._commit is not None:
            self._commit(done)
        self._collection.output.write(task.shard.marker, done.marker)
        self._summary.add(done)
        return None

    def _again(self, task: ShardTask, reason: str) -> ShardTask | None:
        name = task.shard.name
        self._attempts[name] += 1
        if self._attempts[name] >= ATTEMPTS:
            self._summary.failed[name] = reason
            return None
        self._summary.retried += 1
        return replace(task, careful=self._losses[name] >= CAREFUL_FROM)

    def _task(self, shard: Shard) -> ShardTask:
        where = self._collection
        return ShardTask(shard, where.source, where.output, where.private, self._terms)
