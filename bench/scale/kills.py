"""Runs that are killed at random moments: driver or worker, until so many kills have hit.

Whatever was hit, the same command is given again until it ends; its output, its ledger and its
markers must then be those of a run that nobody disturbed. `python -m bench.scale kills --kills 200`
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from bench.scale.collections import hashes, write_shards
from bench.scale.kept import workplace
from bench.scale.processes import descendants
from isotopes.canonical import digest_file

PICTURES, PER_SHARD = 240, 12
LONGEST = 6.0  # seconds before a kill


def measure(kills: int, seed: int, folder: Path | None) -> list[dict[str, object]]:
    """One row: how many kills hit what, and how many outputs differed."""
    hit = {"driver": 0, "worker": 0}
    runs = differing = 0
    with workplace(folder) as (place, kept):
        os.environ["ISOTOPES_VAULT"] = str(place / "vault.sqlite")
        kept.part("undisturbed", lambda: _undisturbed(place))
        expected = _state(place, "first")
        while sum(hit.values()) < kills:
            most = kills - sum(hit.values())
            found = kept.part(
                f"seed {seed}, run {runs}, at most {most} kills",
                partial(_disturbed, place, random.Random(f"{seed}/{runs}"), most, expected),
            )
            runs += 1
            differing += found["differs"]
            hit = {what: count + found[what] for what, count in hit.items()}
    return [
        {
            "measure": "shards marked under random kills",
            "seed": seed,
            "shards": PICTURES // PER_SHARD,
            **{f"{what}_kills": count for what, count in hit.items()},
            "runs": runs,
            "differing": differing,
            "goal": "0 differing",
        }
    ]


def _undisturbed(place: Path) -> bool:
    write_shards(place / "in", PICTURES, PER_SHARD)
    subprocess.run(_command(place, "first", "--name", "all"), check=True, capture_output=True)
    return True


def _disturbed(
    place: Path, rng: random.Random, most: int, expected: dict[str, object]
) -> dict[str, int]:
    """How many kills hit what until the command ended, and whether its output differs."""
    for name in ("again", "again-private"):
        shutil.rmtree(place / name, ignore_errors=True)
    hit = {"driver": 0, "worker": 0}
    _until_it_ends(place, rng, hit, most)
    return {**hit, "differs": int(_state(place, "again") != expected)}


def _until_it_ends(place: Path, rng: random.Random, hit: dict[str, int], kills: int) -> None:
    while True:
        process = subprocess.Popen(
            _command(place, "again", "--add-to", "all"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and sum(hit.values()) < kills:
            time.sleep(rng.uniform(0, LONGEST))
            what = rng.choice(["driver", "worker"])
            if _kill(process, what, rng):
                hit[what] += 1
        if process.wait() == 0:
            return


def _kill(process: subprocess.Popen[bytes], what: str, rng: random.Random) -> bool:
    try:
        if what == "driver":
            if process.poll() is not None:
                return False
            process.kill()
            return True
        workers = descendants(process.pid)
        if not workers:
            return False
        os.kill(rng.choice(workers), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _command(place: Path, out: str, *words: str) -> list[str]:
    fixed = ["--out", str(place / out), "--private", str(place / f"{out}-private")]
    return [
        *(sys.executable, "-m", "isotopes", "mark", str(place / "in")),
        *(*fixed, "--workers", "2", *words),
    ]


def _state(place: Path, out: str) -> dict[str, object]:
    """Hashes of all files, and how often each picture stands in the ledger."""
    ledger = sorted((place / f"{out}-private" / "ledger").rglob("*.parquet"))
    pictures = [name for path in ledger for name in pq.read_table(path)["sample"].to_pylist()]
    assert len(pictures) == len(set(pictures))
    return {**hashes(place / out), "ledger": [digest_file(path) for path in ledger]}
