"""Runs that are disturbed at random moments, until so many kills have hit.

Killed are the driver, a worker, a connection to the store while bytes pass over it, and a
connection to the vault's server, half of the time in a transaction. Whenever the command stops
early, it is given again. Output, ledger and the keys in the vault must then
be those of a run that nobody disturbed. Folders and a bucket take turns as source and output.
`python -m bench.scale kills --kills 200 --folder F`
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.scale.kept import workplace
from bench.scale.postgres import Server, running
from bench.scale.processes import descendants
from bench.scale.s3 import BUCKET, ResettingProxy, bucket, environment, random_size
from bench.scale.small_shards import SAMPLES, TABLES, TARS, USERS, write_small_shards
from isotopes.canonical import digest, digest_of
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.marks import get_family
from isotopes.shards.stores import ShardStore, open_store
from isotopes.vault import Vault, new_isotope
from isotopes.verify.methods.terms import committed_terms

# How often each is tried: connections are hit only in use, and a new driver takes seconds.
KINDS = {"driver": 1, "worker": 2, "store_connection": 4, "vault_connection": 3}
PAIRS = (("folder", "bucket"), ("bucket", "folder"), ("bucket", "bucket"))  # source and output
LONGEST = 2.0  # seconds before a kill
PATIENCE = 2.0  # seconds to wait for a connection that is in use
LARGEST = 1 << 20  # bytes: about the size of a shard
ROOT = bytes(
    range(32)
)  # always the same key, so that a resumed measurement compares the same bytes
ERRORS = "errors.txt"  # what the command said
BASE = "base"  # the database whose copies are the runs' vaults


@dataclass(frozen=True)
class _World:
    """What the runs work with: a folder, a bucket and a server of vaults."""

    folder: Path
    port: int
    proxy: ResettingProxy
    server: Server

    def place(self, kind: str, name: str) -> str:
        """The address of a folder or prefix."""
        return str(self.folder / name) if kind == "folder" else f"s3://{BUCKET}/{name}"

    def vault(self, name: str) -> str:
        return self.server.url.replace("/postgres?", f"/{name}?")

    def new_vault(self, name: str) -> str:
        """A copy of the vault that holds the isotope."""
        self.server.execute(f"CREATE DATABASE {name} TEMPLATE {BASE}")
        return self.vault(name)


def measure(kills: int, seed: int, folder: Path | None) -> list[dict[str, object]]:
    """One row: how many kills hit what, and how many outputs differed."""
    hit, runs, found = Counter[str](), 0, Counter[str]()
    with workplace(folder) as (place, kept), _world(place) as world:
        expected = _undisturbed(world)
        assert kept.part("undisturbed", lambda: digest_of(expected)) == digest_of(expected)
        while sum(hit.values()) < kills:
            most = kills - sum(hit.values())
            run = partial(_disturbed, world, random.Random(f"{seed}/{runs}"), runs, most, expected)
            done = kept.part(f"seed {seed}, run {runs}, at most {most} kills", run)
            hit.update(done["hit"])
            found.update(done["found"])
            runs += 1
    return [
        {
            "measure": "shards marked under random kills",
            "seed": seed,
            "shards": TARS + TABLES,
            "pictures": (TARS + TABLES) * SAMPLES,
            "users": USERS,
            "kills": sum(hit.values()),
            **{f"{kind}_kills": hit[kind] for kind in KINDS},
            "runs": runs,
            **{what: found[what] for what in ("gave_up", "twice", "differing")},
            "goal": "0 differing, 0 twice",
        }
    ]


@contextmanager
def _world(folder: Path) -> Iterator[_World]:
    """The bucket holds the shards, and the server a vault with one isotope."""
    with bucket() as (port, proxy), running() as server:
        world = _World(folder, port, proxy, server)
        os.environ.update(environment(port))
        shutil.rmtree(folder / "in", ignore_errors=True)
        write_small_shards(folder / "in")
        copy = open_store(world.place("bucket", "in"))
        for path in sorted((folder / "in").iterdir()):
            copy.upload(path.name, path)
        server.execute(f"CREATE DATABASE {BASE}")
        family, plan = get_family(DEFAULT_FAMILY), committed_terms()
        with Vault.create(world.vault(BASE)) as vault:
            vault.add(new_isotope("all", family, family.usual_alpha, plan=plan, root=ROOT))
        yield world


def _undisturbed(world: _World) -> dict[str, Any]:
    output, private = _emptied(world, "folder", "undisturbed")
    url = world.new_vault("undisturbed")
    subprocess.run(
        _command(world.place("folder", "in"), output, private),
        env=_environment(world, url),
        check=True,
        capture_output=True,
    )
    return _state(output, private, url)


def _disturbed(
    world: _World, rng: random.Random, run: int, most: int, expected: Mapping[str, Any]
) -> dict[str, Any]:
    """How many kills hit what until the command was finished, and what was wrong then."""
    source, target = PAIRS[run % len(PAIRS)]
    name = f"run_{run}"
    output, private = _emptied(world, target, name)
    url = world.new_vault(name)
    hit: Counter[str] = Counter()
    gave_up = 0
    while True:
        with (
            (world.folder / ERRORS).open("ab") as errors,
            subprocess.Popen(
                _command(world.place(source, "in"), output, private),
                env=_environment(world, url),
                stdout=subprocess.DEVNULL,
                stderr=errors,
            ) as process,
        ):
            ways = _ways(world, process, name, rng)
            while process.poll() is None and sum(hit.values()) < most:
                time.sleep(rng.uniform(0, LONGEST))
                (kind,) = rng.choices(tuple(KINDS), tuple(KINDS.values()))
                hit[kind] += process.poll() is None and ways[kind]()
        gave_up += process.returncode > 0
        if process.returncode == 0:
            break
    state = _state(output, private, url)
    _emptied(world, target, name)
    twice = len(state["pictures"]) - len(set(state["pictures"]))
    found = {"gave_up": gave_up, "twice": twice, "differing": int(state != expected)}
    return {"hit": hit, "found": found}


def _ways(
    world: _World, process: subprocess.Popen[bytes], database: str, rng: random.Random
) -> dict[str, Callable[[], bool]]:
    """Tries each kind of kill; says whether it hit."""
    return {
        "driver": lambda: _kill(process.pid),
        "worker": lambda: any(_kill(pid) for pid in _one_of(descendants(process.pid), rng)),
        "store_connection": lambda: world.proxy.reset_after(random_size(rng, LARGEST), PATIENCE),
        "vault_connection": lambda: world.server.end_connection(
            database, PATIENCE, in_transaction=rng.random() < 0.5
        ),
    }


def _one_of(some: list[int], rng: random.Random) -> list[int]:
    return [rng.choice(some)] if some else []


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _command(source: str, output: str, private: str) -> list[str]:
    places = [source, "--out", output, "--private", private]
    how = ["--add-to", "all", "--per", "user", "--workers", "2"]
    return [sys.executable, "-m", "isotopes", "mark", *places, *how]


def _environment(world: _World, vault: str) -> dict[str, str]:
    return {**os.environ, **environment(world.proxy.port), "ISOTOPES_VAULT": vault}


def _emptied(world: _World, kind: str, name: str) -> tuple[str, str]:
    """Addresses of the output and the private place, in which nothing lies."""
    import obstore

    places = (world.place(kind, f"{name}/out"), world.place(kind, f"{name}/private"))
    if kind == "folder":
        shutil.rmtree(world.folder / name, ignore_errors=True)
        return places
    store = obstore.store.from_url(f"s3://{BUCKET}")
    for chunk in obstore.list(store, prefix=name):
        obstore.delete(store, [one["path"] for one in chunk])
    return places


def _state(output: str, private: str, vault: str) -> dict[str, Any]:
    """Hashes of the output and the ledger, which pictures it lists, and every isotope's key."""
    published, own = _contents(open_store(output)), _contents(open_store(private))
    ledger = {name: data for name, data in own.items() if name.startswith("ledger/")}
    rows = [(name, row) for name, data in sorted(ledger.items()) for row in _rows(data)]
    with Vault.open(vault) as opened:
        keys = sorted((name, digest(opened.get(name).key)) for name in opened.names())
    return {
        "published": {name: digest(data) for name, data in published.items()},
        "ledger": {name: digest(data) for name, data in ledger.items()},
        "others": sorted(own.keys() - ledger.keys()),
        "pictures": [f"{name}/{row['sample']}.{row['member']}" for name, row in rows],
        "keys": keys,
    }


def _contents(store: ShardStore) -> dict[str, bytes]:
    names = sorted(item.name for item in store.items())
    return {name: store.read(name) or b"" for name in names}


def _rows(ledger: bytes) -> list[dict[str, Any]]:
    import pyarrow as pa

    rows: list[dict[str, Any]] = pq.read_table(pa.BufferReader(ledger)).to_pylist()
    return rows
