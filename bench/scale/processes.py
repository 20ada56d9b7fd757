"""What the processes that one began take of this machine (Linux only)."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path


class ChildMemory:
    """The memory of a process and of all that descend from it, every 0.2 s, in MiB.

    Attributes:
        largest: resident in the largest descendant.
        own: what belongs to all of them together, the process itself counted. Pages of files are
            not in it: the system takes those back when memory is short.
    """

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._ended = threading.Event()
        self.largest: list[float] = []
        self.own: list[float] = []
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def processor_seconds(self) -> float:
        """What all descendants have taken of the processor since each began."""
        return sum(_processor_seconds(pid) for pid in descendants(self._parent))

    def stop(self) -> tuple[float, float]:
        """MiB of the largest descendant: at the most in the first half, and in the second."""
        self._ended.set()
        self._thread.join()
        half = len(self.largest) // 2
        return max(self.largest[:half], default=0.0), max(self.largest[half:], default=0.0)

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            below = descendants(self._parent)
            self.largest.append(max((_mib(pid, "VmRSS") for pid in below), default=0.0))
            self.own.append(sum(_mib(pid, "RssAnon") for pid in [self._parent, *below]))


def descendants(parent: int) -> list[int]:
    """The processes that it began, and those that these began."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, grown = {parent}, True
    while grown:
        more = {pid for pid, above in parents.items() if above in found} - found
        found |= more
        grown = bool(more)
    return sorted(found - {parent})


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _mib(pid: int, what: str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"{what}:\s+([0-9]+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
