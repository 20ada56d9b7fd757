"""Jobs in processes of this machine. A worker that dies costs its own job; it is replaced.

Each worker has a pipe and a thread of its own, and is handed one job at a time. So we always
know which job a dead worker had, and a process that is killed at any moment, even while it takes a
job, holds no lock that the others need. The pools of concurrent.futures, loky and Pebble share one
queue and its locks among all workers. If a worker dies, the whole pool fails, or waits for a lock
that nobody releases.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, TypeVar

from isotopes.engines.engine import Prepare
from isotopes.engines.executor import EngineExecutor, WorkerLost
from isotopes.processes import cores, end_with_parent, hold_interrupts

NICENESS = 5  # the person who waits for the results may want to use the machine meanwhile
STARTS = 3  # that may fail in a row
READY = b"ready"

T = TypeVar("T")


@contextmanager
def local_engine(
    workers: int | None, prepare: Prepare | None = None, *, retries: int = 0
) -> Iterator[EngineExecutor]:
    """Processes that share this machine's cores; they end with this one.

    Args:
        workers: how many; each job gets its share of the cores. None for one on each core.
        prepare, retries: as in `open_engine`.
    """
    executor = _LocalExecutor(workers or cores(), prepare, retries)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@dataclass
class _Job:
    answer: Future[Any]
    payload: bytes
    retries: int


class _LocalExecutor(EngineExecutor):
    def __init__(self, workers: int, prepare: Prepare | None, retries: int) -> None:
        self._workers, self._retries = workers, retries
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        slots = [_Slot(prepare, max(1, cores() // workers), self._jobs) for _ in range(workers)]
        self._slots = slots
        for slot in slots:
            slot.start()

    @property
    def workers(self) -> int:
        return self._workers

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        answer: Future[T] = Future()
        try:
            payload = pickle.dumps((fn, args, kwargs))
        except Exception as error:  # noqa: BLE001 - whatever the arguments' own methods raise
            answer.set_exception(error)
            return answer
        self._jobs.put(_Job(answer, payload, self._retries))
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for _ in self._slots:
            self._jobs.put(None)
        for slot in self._slots:
            if cancel_futures:
                slot.stop()
        for slot in self._slots:
            if wait or cancel_futures:
                slot.join()


class _Slot(threading.Thread):
    """One worker after another, each as long as it lives."""

    def __init__(
        self, prepare: Prepare | None, threads: int, jobs: SimpleQueue[_Job | None]
    ) -> None:
        super().__init__(daemon=True)
        self._prepare, self._threads, self._jobs = prepare, threads, jobs
        self._lock = threading.Lock()
        self._stopped = False
        self._worker: _Worker | None = None

    def run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._stopped:
                job.answer.cancel()
            elif job.answer.set_running_or_notify_cancel():
                self._carry_out(job)
        self.stop()

    def stop(self) -> None:
        """End the worker, whatever it is doing."""
        with self._lock:
            self._stopped = True
            if self._worker is not None:
                self._worker.end()

    def _carry_out(self, job: _Job) -> None:
        for attempt in range(job.retries + 1):
            try:
                went_well, result = self._living_worker().run(job.payload)
            except WorkerLost as error:
                self._worker = None
                if attempt == job.retries or self._stopped:
                    job.answer.set_exception(error)
                    return
            except Exception as error:  # noqa: BLE001 - an unreadable answer, no worker
                job.answer.set_exception(error)
                return
            else:
                if went_well:
                    job.answer.set_result(result)
                else:
                    job.answer.set_exception(result)
                return

    def _living_worker(self) -> _Worker:
        """The worker at hand, or a new one.

        Raises:
            BrokenExecutor: none can be started.
            WorkerLost: the engine is being closed.
        """
        for _ in range(STARTS):
            with self._lock:
                if self._stopped:
                    raise WorkerLost("the engine was closed")
                if self._worker is None:
                    self._worker = _Worker(self._prepare, self._threads)
                worker = self._worker
            if worker.is_ready():
                return worker
            worker.end()
            self._worker = None
        raise BrokenExecutor(
            "no worker process can be started: a script must be a file, with its work below"
            " `if __name__ == '__main__':`"
        )


class _Worker:
    """A process that does one job at a time. It starts at once."""

    def __init__(self, prepare: Prepare | None, threads: int) -> None:
        # spawn: threads, torch's among them, don't survive a fork.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, prepare, threads))
        self._ready = False
        with hold_interrupts():
            self._process.start()
        theirs.close()

    def is_ready(self) -> bool:
        """Whether the worker is alive and prepared. Waits until that is known."""
        if not self._ready:
            with suppress(EOFError, OSError):
                self._ready = self._pipe.recv_bytes() == READY
        return self._ready and self._process.is_alive()

    def run(self, payload: bytes) -> tuple[bool, Any]:
        """Whether the job went well, and its result or what it raised.

        Raises:
            WorkerLost: the process ended meanwhile.
            Exception: the answer can't be unpickled.
        """
        try:
            self._pipe.send_bytes(payload)
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            self._pipe.close()
            raise WorkerLost(f"the worker process ended with exit code {code}") from None
        went_well, result = pickle.loads(answer)  # noqa: S301 - from a process that we started
        return bool(went_well), result

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, prepare: Prepare | None, threads: int) -> None:
    """What runs in the process."""
    end_with_parent()  # first: the rest may take seconds
    os.nice(NICENESS)
    if prepare is not None:
        prepare(threads)
    pipe.send_bytes(READY)
    while True:
        try:
            payload = pipe.recv_bytes()
        except EOFError:
            return
        pipe.send_bytes(_answer(payload))


def _answer(payload: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(payload)  # noqa: S301 - from the process that started us
        return pickle.dumps((True, function(*args, **kwargs)))
    except Exception as error:  # noqa: BLE001 - the job's own
        try:
            return pickle.dumps((False, error))
        except Exception:  # noqa: BLE001 - an error that can't travel
            return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
