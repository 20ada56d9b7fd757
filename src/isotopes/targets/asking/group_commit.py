"""Small jobs of many threads, done in groups: what comes while one group is done makes up the next.

A lock alone would do, but would let the threads of a finished group through one after another, each
of them waiting for Python's own lock before the next may wake. Here each has a signal of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar


class Job:
    """Something to do; sub-classes hold what is asked and, once it is done, what came of it."""

    def __init__(self) -> None:
        self.done = False
        self.leads = False  # its thread does the next group
        self.called = threading.Lock()  # let go when it is done, or leads
        self.called.acquire()


J = TypeVar("J", bound=Job)


class Together(Generic[J]):
    """Does jobs in groups, one group at a time, in one of the threads that wait for them."""

    def __init__(self, work: Callable[[Sequence[J]], None]) -> None:
        """Get ready; `work` does all jobs of a group, or raises and has done none."""
        self._work = work
        self._guard = threading.Lock()
        self._waiting: list[J] = []
        self._led = False

    def do(self, job: J) -> J:
        """The job, done by this thread or by another.

        Raises:
            whatever `work` raises for a group that this thread leads; the other jobs of the group
            wait on then, so that each thread learns for itself what is wrong.
        """
        with self._guard:
            self._waiting.append(job)
            job.leads, self._led = not self._led, True
        if not job.leads:
            self._wait(job)
        if not job.done:
            self._lead(job)
        return job

    def _wait(self, job: J) -> None:
        try:
            job.called.acquire()
        except BaseException:  # a person interrupts
            with self._guard:
                if job in self._waiting:
                    self._waiting.remove(job)
                if job.leads:
                    self._appoint()
            raise

    def _lead(self, job: J) -> None:
        with self._guard:
            group, self._waiting = self._waiting, []
        finished = []
        try:
            self._work(group)
            finished = group
        finally:
            with self._guard:
                if not finished:
                    self._waiting[:0] = [one for one in group if one is not job]
                self._appoint()
            for one in finished:
                one.done = True
                one.called.release()

    def _appoint(self) -> None:
        """Let the one who waits longest do the next group; the guard is held."""
        self._led = bool(self._waiting)
        for job in self._waiting[:1]:
            job.leads = True
            job.called.release()
