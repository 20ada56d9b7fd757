"""Threads that do one thing after another and hand back what came of each.

`concurrent.futures` would do, but takes a tenth of a millisecond of Python's lock for each, which
fifty requests at once can't spare: `bench/targets.py` reaches a twentieth more without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Task(Generic[A, R]):
    """One call on its way, and what came of it."""

    def __init__(self, argument: A) -> None:
        self.argument = argument
        self.done = False
        self._dropped = False
        self._result: R
        self._error: BaseException | None = None
        self._ended = threading.Lock()  # held until it is done
        self._ended.acquire()

    def wait(self) -> None:
        """Return when it is done."""
        if not self.done:
            with self._ended:
                pass

    def result(self) -> R:
        """What came of it, once it is done; raises what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._result

    @property
    def succeeded(self) -> bool:
        """Whether there is a result, once it is done."""
        self.wait()
        return self._error is None and not self._dropped

    def run(self, work: Callable[[A], R] | None) -> None:
        """Do it in this thread, or, without `work`, drop it."""
        try:
            if work is None:
                self._dropped = True
            else:
                self._result = work(self.argument)
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
            self._error = error
        finally:
            self.done = True
            self._ended.release()


class Crew(Generic[A, R]):
    """Up to so many threads, made as they are needed; in them `work` is called."""

    def __init__(self, work: Callable[[A], R], most: int) -> None:
        self._work: Callable[[A], R] | None = work
        self._most = most
        self._threads: list[threading.Thread] = []
        self._queue: SimpleQueue[Task[A, R] | None] = SimpleQueue()

    def begin(self, argument: A) -> Task[A, R]:
        """Have `work(argument)` called as soon as a thread is free, in the order of these calls."""
        task: Task[A, R] = Task(argument)
        self._queue.put(task)
        if len(self._threads) < self._most:
            self._threads.append(
                threading.Thread(target=self._serve, name="isotopes-ask", daemon=True)
            )
            self._threads[-1].start()
        return task

    def drop(self) -> None:
        """Begin no further task; those not begun are done, without a result."""
        self._work = None

    def leave(self) -> None:
        """Return when every thread has ended; what was not begun is dropped."""
        self.drop()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while (task := self._queue.get()) is not None:
            task.run(self._work)
