"""Report damaged pictures to the process that started a run, or as a warning.

Pictures are decoded in workers, whose messages may reach nobody.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

SHOWN = 5  # damaged pictures, by name

_heard: ContextVar[list[str] | None] = ContextVar("damage_reports", default=None)


def report_damaged(task: str, names: Sequence[str], pictures: int) -> None:
    """Say which of a task's pictures are left out.

    Args:
        pictures: damaged ones and others.
    """
    shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    message = (
        f"{len(names)} of {pictures} pictures of the task {task} are damaged and left out: {shown}"
    )
    heard = _heard.get()
    if heard is None:
        warnings.warn(message, stacklevel=2)
    else:
        heard.append(message)


@contextmanager
def collect_damage_reports() -> Iterator[list[str]]:
    """Collects what is reported inside the block, in a list."""
    heard: list[str] = []
    before = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(before)
