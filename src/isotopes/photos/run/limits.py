"""What one file may take of the machine, so that no stranger's picture stops the others."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from isotopes.defaults import LARGEST_PICTURE

GIB = 2**30
# What a worker holds besides one picture: libraries, and marks rendered for earlier pictures.
WORKER = GIB


def half_of_memory() -> int:
    """Bytes: half of the machine's memory, or 4 GiB if the system doesn't report it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):  # Windows
        return LARGEST_PICTURE


@dataclass(frozen=True)
class WorkerLimits:
    """What workers may take.

    Attributes:
        picture: bytes of memory for one picture; what needs more is left alone. On Linux the system
            refuses a worker that asks for more in spite of its header.
        together: bytes for all pictures that are worked on at once.
        seconds: for one picture; a worker that takes longer is ended.
    """

    picture: int = LARGEST_PICTURE
    together: int = field(default_factory=half_of_memory)
    seconds: float = 600.0


def limit_memory(picture: int) -> None:
    """In a worker: let the system refuse what goes beyond a picture's memory."""
    try:
        import resource
    except ImportError:  # Windows
        return
    # macOS takes the limit and ignores it.
    with contextlib.suppress(OSError, ValueError):
        most = _held() + picture + WORKER
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _held() -> int:
    """Bytes of private memory that this process has set aside already."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmData:"))
    return int(line.split()[1]) * 1024
