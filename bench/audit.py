"""How long does an audit take once the answers are in? `python -m bench.audit`

215 marks, 200 decoys, 250 probes and 530 labels, as many as the paper's largest task has; V for
each mark against each decoy, V_D for all 23,005 pairs, claims and attribution. Goal: under 10 s.
Each run is a process of its own, with the answers (float32) as an array in memory or as a
`numpy.memmap` that was dropped from the page cache first (Linux only). Its memory is what the
system can't take back: pages of mapped files are not counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.journal import drop_from_cache
from bench.record import record
from isotopes.stats.many.audit import audit_many
from isotopes.stats.scores.statistic import STATISTICS

MARKS, DECOYS, PROBES, LABELS = 215, 200, 250, 530
SHAPE = (MARKS + DECOYS, PROBES, LABELS)
ROUNDS, SIZE = 5, 200
TURNS = 3
LIMIT = 10  # seconds
CLAIMED = np.arange(MARKS)


def main() -> None:
    if len(sys.argv) > 1:
        file, storage, statistic = sys.argv[1:]
        print(json.dumps(run(Path(file), storage, statistic)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers"
        write_answers(path)
        rows = [
            measure(path, storage, statistic)
            for storage in ("memory", "memmap")
            for statistic in STATISTICS
        ]
    record("audit", rows, "python -m bench.audit")


def write_answers(path: Path) -> None:
    """What a network might answer that learned every other mark."""
    rng = np.random.default_rng(0)
    answers = np.memmap(path, np.float32, "w+", shape=SHAPE)
    usual = rng.normal(0, 2, (PROBES, LABELS)).astype(np.float32)
    for mark in range(len(answers)):
        logits = usual + rng.normal(0, 0.5, LABELS) + rng.normal(0, 0.7, (PROBES, LABELS))
        if mark < MARKS and mark % 2:
            logits[:, mark] += 3
        weights = np.exp(logits)
        answers[mark] = weights / weights.sum(axis=1, keepdims=True)
    answers.flush()


def measure(path: Path, storage: str, statistic: str) -> dict[str, object]:
    """The median of a few runs, each in a fresh process."""
    runs = []
    for _ in range(TURNS):
        drop_from_cache(path)
        command = [sys.executable, "-m", "bench.audit", str(path), storage, statistic]
        found = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(found.stdout))
    seconds = [one["seconds"] for one in runs]
    return {
        "measure": f"audit, {statistic}, answers in {storage}",
        "marks": MARKS,
        "pairs": MARKS * (MARKS - 1) // 2,
        "n": TURNS,
        "seconds": round(float(np.median(seconds)), 2),
        "seconds_max": round(max(seconds), 2),
        "peak_mib": max(one["peak_mib"] for one in runs),
        "answers_mib": round(4 * np.prod(SHAPE) / 2**20),
        "told_apart": runs[0]["told_apart"],
        "attributed": runs[0]["attributed"],
        "ratio": round(float(np.median(seconds)) / LIMIT, 3),
        "goal": f"at most 1 ({LIMIT} s)",
    }


def run(path: Path, storage: str, statistic: str) -> dict[str, object]:
    """One audit, timed."""
    answers: NDArray[np.float32] = np.memmap(path, np.float32, "r", shape=SHAPE)
    if storage == "memory":
        answers = np.array(answers)
    rng = np.random.default_rng(1)
    samples = np.stack([rng.permutation(PROBES)[:SIZE] for _ in range(ROUNDS)])
    allowed = rng.random((PROBES, LABELS)) > 1 / LABELS
    memory = PeakMemory()
    start = time.perf_counter()
    found = audit_many(answers, CLAIMED, allowed, samples, statistic=statistic)
    assert found.claims is not None
    told_apart = int(found.claims.told_apart.sum()) // 2
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "peak_mib": memory.stop(),
        "told_apart": told_apart,
        "attributed": int(found.attribution.attributed.sum()),
    }


class PeakMemory:
    """Looks at this process's anonymous memory every few milliseconds (Linux only)."""

    def __init__(self) -> None:
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The most there was, MiB."""
        self._ended.set()
        self._thread.join()
        return self._peak // 1024

    def _look(self) -> None:
        while not self._ended.wait(0.005):
            lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
            own = next(line for line in lines if line.startswith("RssAnon"))
            self._peak = max(self._peak, int(own.split()[1]))


if __name__ == "__main__":
    main()
