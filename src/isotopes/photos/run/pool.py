"""Jobs over all cores: a few in flight at a time, and no file can bring the others down."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path
from typing import ParamSpec, TypeVar

from isotopes.photos.fate import Outcome
from isotopes.photos.run.jobs import Job
from isotopes.photos.run.worker import carry_out
from isotopes.processes import end_with_parent

P = ParamSpec("P")
T = TypeVar("T")
Task = tuple[Job, Path]
IN_FLIGHT = 2  # tasks for each worker: one at work, one waiting; so memory stays the same
FILES_PER_WORKER = 8  # a process takes about as long to start as these to mark


def count_workers(files: int) -> int:
    """How many processes are worth starting for so many files."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, files // FILES_PER_WORKER))


def run_tasks(tasks: Iterable[Task], workers: int) -> Generator[tuple[Task, Outcome]]:
    """Each task with its outcome, in the order in which they get done.

    With one worker all is done in this process. A file that kills its process (a decoder's bug, no
    memory left) is copied instead, and the others go on in new processes.

    Raises:
        FolderError: the output can't be written.
    """
    if workers == 1:
        for task in tasks:
            yield task, carry_out(*task)
        return
    waiting = deque(tasks)
    while waiting:
        suspects: list[Task] = []
        with open_pool(workers) as pool:
            yield from _drain(pool, waiting, suspects, IN_FLIGHT * workers)
        yield from _one_by_one(suspects)


def _drain(
    pool: ProcessPoolExecutor, waiting: deque[Task], suspects: list[Task], most: int
) -> Iterator[tuple[Task, Outcome]]:
    """Run what is waiting; if a process dies, the tasks that may have killed it become suspects."""
    running: dict[Future[Outcome], Task] = {}
    while (waiting or running) and not suspects:
        try:
            while waiting and len(running) < most:
                running[pool.submit(carry_out, *waiting[0])] = waiting[0]
                waiting.popleft()
        except BrokenProcessPool:  # a process died since we last looked
            break
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            task = running.pop(future)
            try:
                outcome = future.result()
            except BrokenProcessPool:
                suspects.append(task)
            else:
                yield task, outcome
    suspects += running.values()


def _one_by_one(tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
    """Run suspects so that it shows which of them kills its process; that one is copied."""
    waiting = deque(tasks)
    while waiting:
        with open_pool(1) as pool:
            alive = True
            while waiting and alive:
                task = job, part = waiting.popleft()
                part.unlink(missing_ok=True)
                try:
                    yield task, pool.submit(carry_out, job, part).result()
                except BrokenProcessPool:
                    alive = False
                    part.unlink(missing_ok=True)
                    copied = replace(job, mark=None, reason="its decoder crashed")
                    yield task, carry_out(copied, part)


class _Workers(ProcessPoolExecutor):
    """Processes that leave Ctrl-C to this one, also while they start: all that they could do is to
    print a traceback."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            return super().submit(fn, *args, **kwargs)
        # A process that this starts inherits the mask; here Ctrl-C comes when it is lifted.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def open_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes of one thread each, which end with this one.

    What is still waiting at the end is dropped.
    """
    # spawn, on every platform: forked copies of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # to start it with the first worker would let SIGINT in
    pool = _Workers(workers, mp_context=context, initializer=_start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    import cv2
    import threadpoolctl

    cv2.setNumThreads(1)  # the processes are the threads
    threadpoolctl.threadpool_limits(1)  # those of numpy's BLAS wait by spinning, on our cores
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    end_with_parent()
