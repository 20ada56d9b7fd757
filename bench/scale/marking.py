"""Shards marked by one and two processes and by Ray, beside a bare copy of the same shards.

Workers are started before the clock is: what counts is what a long run pays. Engines take turns.
Times need an idle machine; the processor's, in the column cpu_ms, hardly change when it has other
work. `python -m bench.scale marking --pictures 100000 --shard 1000`
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import wait
from pathlib import Path

from bench.scale.collections import ChildMemory, hashes, write_shards
from isotopes.engines import Engine, EngineExecutor
from isotopes.shards.stores import open_store
from isotopes.vault import Vault
from isotopes.workflows.sharding import ShardRequest, find, mark_collection, shard_workers

SETUPS: tuple[tuple[Engine, int], ...] = (("local", 1), ("local", 2), ("ray", 2))


def measure(pictures: int, per_shard: int, turns: int) -> list[dict[str, object]]:
    """One row for each engine and one for the copy."""
    seconds: dict[tuple[str, int], list[float]] = {}
    cpu: dict[tuple[str, int], list[float]] = {}
    outputs: list[dict[str, str]] = []
    memory: dict[tuple[str, int], tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_shards(place / "in", pictures, per_shard)
        size = sum(path.stat().st_size for path in (place / "in").iterdir())
        with Vault.create(place / "vault.sqlite") as vault:
            for turn in range(turns):
                for engine, workers in SETUPS:
                    out = place / f"{engine}-{workers}-{turn}"
                    took, peaks, spent = _mark(place, vault, out, engine, workers)
                    memory[engine, workers] = peaks
                    cpu.setdefault((engine, workers), []).append(spent)
                    seconds.setdefault((engine, workers), []).append(took)
                    outputs.append(hashes(out))
                    shutil.rmtree(out)
                seconds.setdefault(("copy", 2), []).append(_copy(place))
    assert all(output == outputs[0] for output in outputs), "engines wrote different bytes"
    middle = {setup: statistics.median(took) for setup, took in seconds.items()}
    return [
        {
            **_row(setup, took, middle, memory.get(setup)),
            "pictures": pictures,
            "cpu_ms": round(1000 * min(cpu[setup]) / pictures, 2) if setup in cpu else None,
            "pictures_s": round(pictures / middle[setup], 1),
            "mb_s": round(size / middle[setup] / 1e6, 1),
        }
        for setup, took in seconds.items()
    ]


def _row(
    setup: tuple[str, int],
    took: list[float],
    middle: Mapping[tuple[str, int], float],
    memory: tuple[float, float] | None,
) -> dict[str, object]:
    one, two = middle["local", 1], middle["local", 2]
    goals = {
        ("local", 2): (one / middle[setup], "at least 1.85 times one process"),
        ("ray", 2): (two / middle[setup], "at least 0.95 of two local processes"),
        ("copy", 2): (two / middle[setup], "the limit: how much longer two processes take"),
    }
    ratio, goal = goals.get(setup, (None, ""))
    return {
        "measure": " ".join(map(str, setup)),
        "n": len(took),
        "seconds": round(middle[setup], 2),
        "seconds_max": round(max(took), 2),
        "mib_first_half": memory and round(memory[0]),
        "mib_second_half": memory and round(memory[1]),
        "ratio": ratio and round(ratio, 3),
        "goal": goal,
    }


def _mark(
    place: Path, vault: Vault, out: Path, engine: Engine, workers: int
) -> tuple[float, tuple[float, float], float]:
    adds = bool(vault.names())
    request = ShardRequest(str(place / "in"), str(out), "all", f"{out}-private", adds=adds)
    with shard_workers(request, engine, workers) as executor:
        _warm(executor)
        memory = ChildMemory(os.getpid())
        before, start = memory.processor_seconds() + time.process_time(), time.perf_counter()
        done = mark_collection(request, vault, find(request), executor)
        took = time.perf_counter() - start
        spent = memory.processor_seconds() + time.process_time() - before
        peaks = memory.stop()
    assert not done.summary.failed
    assert done.summary.marked == done.summary.pictures
    return took, peaks, spent


def _warm(executor: EngineExecutor) -> None:
    wait([executor.submit(time.sleep, 1.0) for _ in range(executor.workers)])


def _copy(place: Path) -> float:
    """Seconds that two processes take to copy the shards through the same stores."""
    request = ShardRequest(str(place / "in"), str(place / "copy"), "copy")
    with shard_workers(request, "local", 2) as executor:
        _warm(executor)
        start = time.perf_counter()
        jobs = [
            executor.submit(copy_file, request.source, request.output, shard.file)
            for shard in find(request).shards
        ]
        for job in jobs:
            job.result()
        took = time.perf_counter() - start
    shutil.rmtree(place / "copy")
    return took


def copy_file(source: str, output: str, name: str) -> None:
    """One shard, unread."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(source).local_copy(name, Path(folder)) as path,
    ):
        open_store(output).upload(name, path)
