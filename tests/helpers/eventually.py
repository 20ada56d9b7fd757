"""Waiting for what another thread or process does, with a deadline."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

PAUSE = 0.01  # seconds between two looks


def eventually(condition: Callable[[], object], within: float = 60.0, what: str = "it") -> None:
    """Return once `condition` holds.

    Raises:
        AssertionError: it doesn't within so many seconds.
    """
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {within:g} s"
        time.sleep(PAUSE)


def wait_until_gone(pid: int, within: float = 20.0) -> None:
    """Return once this process has ended; Linux only.

    Raises:
        AssertionError: it doesn't within so many seconds.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([descriptor], [], [], within)
    finally:
        os.close(descriptor)
    assert ended, f"process {pid} still runs after {within:g} s"
