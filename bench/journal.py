"""How fast is a query journal of a million answers? `python -m bench.journal [ANSWERS]`

Goals: opens in under 1 s, looks one answer up in under 1 ms. Cold means that the file was dropped
from the page cache first (Linux only), as after a restart of the machine.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.record import record
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.scores import Scores

LABELS = tuple(f"label {number}" for number in range(100))
BATCH = 64
OPENS = 20
LOOK_UPS = 5_000


def main() -> None:
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "queries.sqlite"
        rows = [fill(path, answers)]
        for state, prepare in (("cold", drop_from_cache), ("warm", lambda path: None)):
            rows += measure(path, answers, state, prepare)
    record("journal", rows, f"python -m bench.journal {answers}")


def digest(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def fill(path: Path, answers: int) -> dict[str, object]:
    """Store `answers` answers of 100 labels, 64 at a time."""
    rng = np.random.default_rng(0)
    with QueryJournal(path) as journal:
        source = journal.source("sha256:0")
        start = time.perf_counter()
        for first in range(0, answers, BATCH):
            some = [digest(number) for number in range(first, min(first + BATCH, answers))]
            journal.store(source, some, Scores(LABELS, rng.random((len(some), len(LABELS)))))
        seconds = time.perf_counter() - start
    return {
        "measure": f"store, batches of {BATCH}, {len(LABELS)} labels, float64",
        "answers": answers,
        "answers_per_second": round(answers / seconds),
        "file_bytes_per_answer": round(path.stat().st_size / answers),
    }


def measure(
    path: Path, answers: int, state: str, prepare: Callable[[Path], None]
) -> Iterator[dict[str, object]]:
    """Time opening, single look-ups and batches of them."""

    def open_and_close() -> float:
        prepare(path)
        start = time.perf_counter()
        journal = QueryJournal(path)
        seconds = time.perf_counter() - start
        journal.close()
        return seconds

    yield {"measure": f"open, {state}", "answers": answers, **spread(open_and_close, OPENS)}
    rng = np.random.default_rng(1)
    prepare(path)
    with QueryJournal(path) as journal:
        source = journal.source("sha256:0")
        for size in (1, BATCH):

            def look_up(size: int = size) -> float:
                some = [digest(int(number)) for number in rng.integers(0, answers, size)]
                start = time.perf_counter()
                found = journal.look_up(source, some)
                seconds = time.perf_counter() - start
                if len(found) != len(set(some)):
                    raise RuntimeError(f"{len(some)} answers are in the journal, got {len(found)}")
                return seconds

            times = spread(look_up, LOOK_UPS // size)
            yield {"measure": f"look up {size}, {state}", "answers": answers, **times}


def spread(run: Callable[[], float], times: int) -> dict[str, object]:
    milliseconds = 1000 * np.array([run() for _ in range(times)])
    return {
        "n": times,
        "median_ms": round(float(np.median(milliseconds)), 4),
        "p99_ms": round(float(np.quantile(milliseconds, 0.99)), 4),
        "max_ms": round(float(milliseconds.max()), 4),
    }


def drop_from_cache(path: Path) -> None:
    """Let the system forget what it keeps of the file in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


if __name__ == "__main__":
    main()
