"""What all worker processes need: to end with their parent, and to leave Ctrl-C to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


def end_with_parent() -> None:
    """Called in a process of `multiprocessing`: it ends as soon as its parent has.

    Nobody would collect what it goes on to do.
    """
    threading.Thread(target=_follow_parent, daemon=True).start()


@contextmanager
def hold_interrupts() -> Iterator[None]:
    """Ctrl-C waits for a moment: threads and processes that start meanwhile never see any.

    Ctrl-C is this process's to handle; all that a worker could do is to print a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # started by a worker, it would let SIGINT in
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
