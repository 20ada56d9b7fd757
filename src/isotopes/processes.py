"""For worker processes: how many, that they end with their parent, and leave Ctrl-C to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def end_with_parent() -> None:
    """Call this in a process of `multiprocessing`: it then ends as soon as its parent has.

    Nobody would collect its results any more.
    """
    threading.Thread(target=_follow_parent, daemon=True).start()


@contextmanager
def hold_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back for a moment, so that threads and processes that start meanwhile ignore it.

    This process handles Ctrl-C; a worker could only print a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # if a worker started it, it would let SIGINT in
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
