"""Shards marked by one and two processes and by Ray, beside a bare copy of the same shards.

Workers are started before the clock is: what counts is what a long run pays. Engines take turns.
Times need an idle machine; the processor's, in the column cpu_ms, hardly change when it has other
work. `python -m bench.scale marking --pictures 100000 --shard 1000 --folder F`; the same command
resumes a run that was stopped.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from typing import Any

from bench.scale.collections import hashes, write_shards
from bench.scale.kept import workplace
from bench.scale.processes import ChildMemory
from isotopes.canonical import digest_of
from isotopes.engines import Engine, EngineExecutor
from isotopes.shards.stores import open_store
from isotopes.vault import Vault
from isotopes.workflows.sharding import ShardRequest, find, mark_collection, shard_workers

IDLE = 5.0  # seconds in which an engine's processes are watched before they get work
MEMORY, CPU = ("mib_first_half", "mib_second_half"), ("cpu_ms", "idle_cores")
SETUPS: tuple[tuple[Engine, int], ...] = (("local", 1), ("local", 2), ("ray", 2))


def measure(pictures: int, shard: int, turns: int, folder: Path | None) -> list[dict[str, object]]:
    """One row for each engine and one for the copy."""
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with workplace(folder) as (place, kept):
        size = kept.part(
            f"{pictures} pictures in shards of {shard}",
            lambda: _write(place / "in", pictures, shard),
        )
        if not Vault.exists(place / "vault.sqlite"):
            Vault.create(place / "vault.sqlite").close()
        with Vault.open(place / "vault.sqlite") as vault:
            for turn in range(turns):
                for engine, workers in SETUPS:
                    run = partial(mark_once, place, vault, engine, workers)
                    done = kept.part(f"{engine} {workers}, turn {turn}", run)
                    runs.setdefault((engine, workers), []).append(done)
                copy = kept.part(f"copy, turn {turn}", partial(_copy, place))
                runs.setdefault(("copy", 2), []).append({"seconds": copy})
    outputs = {done["bytes"] for some in runs.values() for done in some if "bytes" in done}
    assert len(outputs) == 1, "engines wrote different bytes"
    middle = {
        setup: statistics.median(done["seconds"] for done in some) for setup, some in runs.items()
    }
    return [
        {
            **_row(setup, some, middle),
            "pictures": pictures,
            "pictures_s": round(pictures / middle[setup], 1),
            "mb_s": round(size / middle[setup] / 1e6, 1),
        }
        for setup, some in runs.items()
    ]


def _write(folder: Path, pictures: int, per_shard: int) -> int:
    """Bytes of the shards."""
    write_shards(folder, pictures, per_shard)
    return sum(path.stat().st_size for path in folder.iterdir())


def _row(
    setup: tuple[str, int],
    runs: Sequence[Mapping[str, Any]],
    middle: Mapping[tuple[str, int], float],
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
        "n": len(runs),
        "seconds": round(middle[setup], 2),
        "seconds_max": round(max(run["seconds"] for run in runs), 2),
        **{name: max(run[name] for run in runs) for name in MEMORY if name in runs[0]},
        **{name: min(run[name] for run in runs) for name in CPU if name in runs[0]},
        "ratio": ratio and round(ratio, 3),
        "goal": goal,
    }


def mark_once(place: Path, vault: Vault, engine: Engine, workers: int) -> dict[str, Any]:
    """Mark the shards of a folder, and forget them: time, memory, processor, hash of the output."""
    out = place / f"{engine}-{workers}"
    for left in (out, out.with_name(f"{out.name}-private")):  # by a run that was stopped
        shutil.rmtree(left, ignore_errors=True)
    adds = bool(vault.names())
    request = ShardRequest(str(place / "in"), str(out), "all", f"{out}-private", adds=adds)
    with shard_workers(request, engine, workers) as executor:
        _warm(executor)
        memory = ChildMemory(os.getpid())
        idle = memory.processor_seconds()
        time.sleep(IDLE)
        idle = memory.processor_seconds() - idle
        before, start = memory.processor_seconds() + time.process_time(), time.perf_counter()
        done = mark_collection(request, vault, find(request), executor)
        took = time.perf_counter() - start
        spent = memory.processor_seconds() + time.process_time() - before
        first, second = memory.stop()
    assert not done.summary.failed
    assert done.summary.marked == done.summary.pictures
    written = digest_of(hashes(out))
    shutil.rmtree(out)
    return {
        "seconds": took,
        "mib_first_half": round(first),
        "mib_second_half": round(second),
        "cpu_ms": round(1000 * spent / done.summary.pictures, 2),
        "idle_cores": round(idle / IDLE, 3),
        "bytes": written,
    }


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
