"""Workers that are no processes: for tests of what is done, not of where."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from isotopes.photos import WorkerLimits
from isotopes.photos.run.pool import Call


class SameProcess:
    """Stands in for `Workers`."""

    count = 1

    def __init__(self, limits: WorkerLimits | None = None) -> None:
        self.limits = limits or WorkerLimits()

    def run(self, calls: Iterable[Call]) -> Generator[tuple]:
        for call in calls:
            yield call.item, call.function(*call.arguments)
