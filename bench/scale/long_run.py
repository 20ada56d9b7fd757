"""One run over very many pictures by two local processes: is memory flat, is nothing missing?

`python -m bench.scale long --pictures 100000 --folder F` needs 27 GB of disk. Other work on the
machine changes the time, not what the run is measured for; the load is recorded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.scale.collections import hashes, write_shards
from bench.scale.kept import workplace
from bench.scale.processes import ChildMemory
from isotopes.canonical import digest, digest_of
from isotopes.shards.run import ShardSummary
from isotopes.strict_json import read_json
from isotopes.vault import Vault
from isotopes.workflows.sharding import ShardRequest, find, mark_collection, shard_workers

WORKERS = 2
AGAIN = ("00000", "00007", "00013")  # shards marked again by one process


def measure(pictures: int, shard: int, folder: Path | None) -> list[dict[str, object]]:
    """One row for the run, and one for what it wrote."""
    with workplace(folder) as (place, kept):
        write = partial(write_shards, place / "in", pictures, shard)
        kept.part(f"{pictures} pictures in shards of {shard}", write)
        run = kept.part(f"{pictures} pictures marked", partial(_run, place))
        found = kept.part(f"{pictures} pictures compared", partial(_compared, place))
        for name in ("in", "out", "again"):
            shutil.rmtree(place / name, ignore_errors=True)
    return [
        {"measure": f"one run by {WORKERS} local processes", **run, "goal": "memory flat"},
        {"measure": "its output", **found, "goal": f"{pictures} intact, none twice, same bytes"},
    ]


def _run(place: Path) -> dict[str, Any]:
    for name in ("out", "out-private", "vault.sqlite"):  # of a run that was stopped
        _remove(place / name)
    load = os.getloadavg()[0]
    with Vault.create(place / "vault.sqlite") as vault:
        memory = ChildMemory(os.getpid())
        start = time.perf_counter()
        summary = _mark(place, vault, "out", "", WORKERS)
        seconds = time.perf_counter() - start
        first, second = memory.stop()
    half = len(memory.own) // 2
    return {
        "pictures": summary.pictures,
        "marked": summary.marked,
        "gb": round(summary.bytes / 1e9, 2),
        "seconds": round(seconds),
        "pictures_s": round(summary.pictures / seconds, 1),
        "worker_mib_first_half": round(first),
        "worker_mib_second_half": round(second),
        "all_mib_first_half": round(max(memory.own[:half])),
        "all_mib_second_half": round(max(memory.own[half:])),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }


def _mark(place: Path, vault: Vault, out: str, only: str, workers: int) -> ShardSummary:
    request = ShardRequest(
        str(place / "in") + only,
        str(place / out),
        "all",
        str(place / f"{out}-private"),
        adds=bool(vault.names()),
    )
    with shard_workers(request, "local", workers) as executor:
        summary = mark_collection(request, vault, find(request), executor).summary
    assert not summary.failed, summary.failed
    return summary


def _compared(place: Path) -> dict[str, Any]:
    """Every member and hash of the output against the source, the markers and the ledger."""
    names = sorted(path.stem for path in (place / "in").glob("*.tar"))
    with ProcessPoolExecutor(WORKERS) as pool:
        shards = list(pool.map(partial(_check_shard, place), names))
    samples = [sample for some, _ in shards for sample in some]
    for name in ("again", "again-private"):
        _remove(place / name)
    chosen = [name for name in AGAIN if name in names]
    with Vault.open(place / "vault.sqlite") as vault:
        _mark(place, vault, "again", f"/{{{','.join(chosen)}}}.tar", 1)
    again, out = hashes(place / "again"), hashes(place / "out")
    return {
        "shards": len(shards),
        "samples": len(samples),
        "twice": len(samples) - len(set(samples)),
        "faults": sum(faults for _, faults in shards),
        "files": len(out),
        "hash_of_all": digest_of(out),
        "shards_marked_again": len(chosen),
        "other_bytes": sum(out[name] != value for name, value in again.items()),
    }


def _check_shard(place: Path, name: str) -> tuple[list[str], int]:
    """The samples in the ledger, and how many members are not what they should be."""
    rows = pq.read_table(place / f"out-private/ledger/{name}.tar.parquet").to_pylist()
    ledger = {f"{row['sample']}.{row['member']}": row for row in rows}
    told = read_json((place / "out" / f"{name}_stats.json").read_bytes())["files"]
    with (place / "out" / f"{name}.tar").open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
    faults = int(told[f"{name}.tar"]["sha256"] != whole)
    with (
        tarfile.open(place / "in" / f"{name}.tar") as before,
        tarfile.open(place / "out" / f"{name}.tar") as after,
    ):
        for old, new in zip(before, after, strict=True):
            first, second = _contents(before, old), _contents(after, new)
            row = ledger.get(old.name)
            if row is None:  # a caption
                right = first == second
            else:
                expected = (True, digest(first), digest(second))
                right = (row["marked"], row["before"], row["after"]) == expected
            faults += int(old.name != new.name or not right)
    return [row["sample"] for row in rows], faults


def _contents(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None  # a regular file
    return file.read()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
