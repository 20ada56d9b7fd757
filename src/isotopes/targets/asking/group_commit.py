"""Group commit: requests that wait together are written in one database transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar


class QueuedRequest:
    """Something to do. Subclasses hold the input and, once `done`, the result."""

    def __init__(self) -> None:
        self.done = False


J = TypeVar("J", bound=QueuedRequest)


class GroupCommit(Generic[J]):
    """Does jobs in groups, one group at a time.

    The thread that gets the lock does all jobs that wait for it. Jobs that arrive meanwhile form
    the next group.
    """

    def __init__(self, work: Callable[[Sequence[J]], None]) -> None:
        """`work` does all jobs of a group, or raises and has done none of them."""
        self._work = work
        self._turn = threading.Lock()
        self._guard = threading.Lock()  # of the list
        self._waiting: list[J] = []

    @property
    def waiting(self) -> int:
        """How many jobs wait for their turn."""
        return len(self._waiting)

    def do(self, job: J) -> J:
        """Return `job` when this thread or another has done it.

        Raises:
            whatever `work` raises for a group that this thread leads. The group's other jobs keep
            waiting, so each thread gets its own result or error.
        """
        try:  # from here: Ctrl-C may come between any two steps
            with self._guard:
                self._waiting.append(job)
            with self._turn:
                if not job.done:
                    self._lead(job)
        except BaseException:
            with self._guard:
                if job in self._waiting:
                    self._waiting.remove(job)
            raise
        return job

    def _lead(self, job: J) -> None:
        with self._guard:
            group, self._waiting = self._waiting, []
        try:
            self._work(group)
        except BaseException:
            with self._guard:
                self._waiting[:0] = [other for other in group if other is not job]
            raise
        for one in group:
            one.done = True
