"""Worker processes: a file that crashes, hangs or eats memory costs its own worker, no other file.

Even a single picture is decoded in a worker, as decoders are C code and the files are anybody's.
A worker takes about 0.4 s of processor time to start (bench/marking.py), which is the price.

Reference: Pebble, https://pebble.readthedocs.io, replaces a worker that died or took too long, and
says which task it was.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from isotopes.closing import Closing
from isotopes.errors import FolderError
from isotopes.photos.run.limits import WorkerLimits, limit_memory
from isotopes.processes import cores, end_with_parent, hold_interrupts

T = TypeVar("T")
R = TypeVar("R")
IN_FLIGHT = 2  # tasks for each worker: one at work, one waiting; so memory use doesn't grow
POLITE = 10  # added to the niceness
FILES_PER_WORKER = 8  # starting a process takes about as long as marking these


@dataclass(frozen=True)
class Call(Generic[T, R]):
    """One thing to do in a worker.

    Attributes:
        item: what it is about; the caller gets it back with the result.
        function, arguments: what to call; both can be pickled.
        memory: bytes that it takes at the peak.
        endless: whether it may take any time, as copying a film from a slow disk does.
    """

    item: T
    function: Callable[..., R]
    arguments: tuple[object, ...]
    memory: int = 0
    endless: bool = False


@dataclass(frozen=True)
class Lost:
    """A call without a result: why its worker died or was ended, in words."""

    reason: str


def count_workers(files: int) -> int:
    """How many processes are worth starting for so many files."""
    return max(1, min(cores(), files // FILES_PER_WORKER))


class Workers(Closing):
    """Processes of one thread each, which end with this one. They start with the first call.

    A script that uses them needs the usual ``if __name__ == "__main__":``.

    Args:
        count: how many.
        limits: what one picture may take.
        polite: whether they leave the processor to other processes that want it.
    """

    def __init__(
        self, count: int, limits: WorkerLimits | None = None, *, polite: bool = False
    ) -> None:
        self.count = count
        self.limits = limits or WorkerLimits()
        # spawn, on every platform: forked copies of a process with threads may hang.
        self._pool = ProcessPool(
            count,
            initializer=_start_worker,
            initargs=(self.limits.picture, polite),
            context=multiprocessing.get_context("spawn"),
        )

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types half of it
        self._pool.join()

    def run(self, calls: Iterable[Call[T, R]]) -> Generator[tuple[T, R | Lost]]:
        """Each call's item with its result, in the order in which they get done.

        A few calls are in flight at a time, and only so many that their memory fits together.
        Whoever stops early, by an error or by closing this generator, ends the processes.

        Raises:
            Exception: whatever a function raises.
        """
        waiting = deque(calls)
        running: dict[Future[R], Call[T, R]] = {}
        try:
            while waiting or running:
                while waiting and self._has_room(running.values(), waiting[0]):
                    call = waiting.popleft()
                    running[self._schedule(call)] = call
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    call = running.pop(future)
                    result = _result(future)
                    yield call.item, result
        finally:
            if running:  # interrupted: nothing may be written any more once the caller cleans up
                self.close()

    def _has_room(self, running: Iterable[Call[T, R]], call: Call[T, R]) -> bool:
        needs = [other.memory for other in running]
        if len(needs) >= IN_FLIGHT * self.count:
            return False
        return not needs or sum(needs) + call.memory <= self.limits.together

    def _schedule(self, call: Call[T, R]) -> Future[R]:
        timeout = None if call.endless else self.limits.seconds
        with hold_interrupts():
            future: Future[R] = self._pool.schedule(
                call.function, args=call.arguments, timeout=timeout
            )
        return future


def _result(future: Future[R]) -> R | Lost:
    try:
        return future.result()
    except TimeoutError:
        return Lost("it took too long to decode")
    except ProcessExpired as error:
        if error.exitcode == -getattr(signal, "SIGKILL", 9):
            return Lost("its process was killed, as it is where no memory is left")
        return Lost("its decoder crashed")
    except BrokenProcessPool as error:
        raise FolderError(
            "no worker process can be started",
            hint="a script must be a file, with its work below `if __name__ == '__main__':`",
        ) from error


def silence() -> None:
    """Stop libtiff and others from writing to the terminal: a file's fate says what is wrong."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _start_worker(memory: int, polite: bool) -> None:
    silence()
    if polite and hasattr(os, "nice"):  # Windows has none
        os.nice(POLITE)
    from isotopes.photos.run import worker  # noqa: F401 - so that the first file finds it imported

    end_with_parent()
    settle_libraries(memory)


def settle_libraries(memory: int) -> None:
    """In a worker: one thread for each library, and no more memory than a picture may take."""
    import cv2
    import threadpoolctl
    from PIL import Image

    cv2.setNumThreads(1)  # the processes are the threads
    threadpoolctl.threadpool_limits(1)  # those of numpy's BLAS wait by spinning, on our cores
    Image.MAX_IMAGE_PIXELS = None  # our own limits hold
    limit_memory(memory)
