"""The executor that an engine opens; it says how many jobs it runs at a time."""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import BrokenExecutor, Executor


class WorkerLost(BrokenExecutor):  # noqa: N818 - a state, as in concurrent.futures
    """The process or machine that ran a job is gone; the job may have done part of its work."""


class EngineExecutor(Executor):
    """An executor of an engine."""

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many jobs it runs at a time now; a cluster may grow."""
