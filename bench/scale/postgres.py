"""A vault in PostgreSQL: isotopes made in bulk and looked up, and writers whose server is killed.

`python -m bench.scale vault --isotopes 100000 --kills 20`; initdb and postgres must be installed.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.scale.processes import ChildMemory
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import VaultError
from isotopes.marks import get_family
from isotopes.vault import Isotope, Vault, backup_vault, new_isotope, restore_vault
from isotopes.verify.methods.terms import committed_terms

BATCH = 5_000  # isotopes a transaction, as shards bring them
LOOKED_UP = 2_000
WRITERS = 8


class Server:
    """A PostgreSQL of our own, reached by a socket in its folder; its writes are flushed."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("initdb") or next(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self._programs, self._folder = Path(found).resolve().parent, folder
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            names = {entry.pw_name: entry for entry in pwd.getpwall()}
            entry = names.get("postgres") or names["nobody"]
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            self._account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        initdb = [str(self._programs / "initdb"), "-D", str(folder / "data"), "-U", "ann"]
        subprocess.run(
            [*initdb, "-A", "trust"], check=True, capture_output=True, cwd=folder, **self._account
        )
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://ann@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        import psycopg

        place = str(self._folder)
        options = ["-c", "listen_addresses=", "-k", place, "-D", f"{place}/data"]
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), *options],
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._account,
        )
        for _ in range(600):
            try:
                psycopg.connect(f"host={self._folder} user=ann dbname=postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("PostgreSQL did not start within 60 s")

    def execute(self, statement: str) -> None:
        """Run a statement by itself, outside any vault."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def end_connection(self, database: str, seconds: float, *, in_transaction: bool) -> bool:
        """End one of the connections to a database (pg_terminate_backend).

        Args:
            seconds: to wait for one.
            in_transaction: whether it has to be in the middle of one.

        Returns:
            Whether there was one.
        """
        import psycopg

        chosen = (
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND (state <> 'idle' OR NOT %s)"
            " ORDER BY random() LIMIT 1"
        )
        ended = f"SELECT bool_or(pg_terminate_backend(pid)) FROM ({chosen}) AS one"
        end = time.monotonic() + seconds
        with psycopg.connect(self.url, autocommit=True) as connection:
            while time.monotonic() < end:
                row = connection.execute(ended, (database, in_transaction)).fetchone()
                if row is not None and row[0]:
                    return True
                time.sleep(0.001)
        return False

    def kill(self) -> None:
        """End all of its processes without warning."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()


@contextmanager
def running() -> Iterator[Server]:
    """A server with an empty database."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()


def measure(isotopes: int, kills: int, seed: int) -> list[dict[str, object]]:
    """Rows for making, looking up, and writing under kills."""
    with running() as server:
        rows = _speed(server, isotopes)
    with running() as server:
        return [*rows, _under_kills(server, kills, seed)]


def _speed(server: Server, isotopes: int) -> list[dict[str, object]]:
    copies = []
    with Vault.create(server.url, lambda: "a passphrase") as vault:
        vault.unlock()
        made = 0.0
        for first in range(0, isotopes, BATCH):
            start = time.perf_counter()
            some = range(first, min(first + BATCH, isotopes))
            vault.merge([(_new(f"users/{number:07}"), ()) for number in some])
            made += time.perf_counter() - start
            if not first:
                copies.append(_copied(server, len(some)))
        copies.append(_copied(server, isotopes))
        rng = random.Random(0)
        names = [f"users/{rng.randrange(isotopes):07}" for _ in range(LOOKED_UP)]
        vault.get(names[0])
        took, spent = [], time.process_time()
        for name in names:
            begun = time.perf_counter()
            vault.get(name)
            took.append(time.perf_counter() - begun)
        spent = time.process_time() - spent
    return [
        {
            "measure": "isotopes made in PostgreSQL",
            "n": isotopes,
            "seconds": round(made, 1),
            "seconds_per_100000": round(made / isotopes * 100_000, 1),
            "goal": "100,000 in under 60 s",
        },
        {
            "measure": f"one of {isotopes:,} looked up, unsealed and checked",
            "n": LOOKED_UP,
            "ms": round(1000 * statistics.median(took), 3),
            "ms_fastest_tenth": round(1000 * sorted(took)[len(took) // 10], 3),
            "cpu_ms": round(1000 * spent / len(took), 3),
            "ms_max": round(1000 * max(took), 3),
            "load": round(os.getloadavg()[0], 1),
            "goal": "under 1 ms",
        },
        *copies,
    ]


def _copied(server: Server, isotopes: int) -> dict[str, object]:
    """The vault backed up into a file, and restored from it into another database."""
    name = f"copy_{isotopes}"
    server.execute(f"CREATE DATABASE {name}")
    seconds, grown = [], []
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "saved"
        other = server.url.replace("/postgres?", f"/{name}?")
        copies: list[Callable[[], object]] = [
            partial(backup_vault, server.url, saved),
            partial(restore_vault, saved, other),
        ]
        for copy in copies:
            memory = ChildMemory(os.getpid())
            time.sleep(0.5)  # for a reading of what there is anyway
            start = time.perf_counter()
            copy()
            seconds.append(time.perf_counter() - start)
            memory.stop()
            grown.append(max(memory.own) - memory.own[0])
    with Vault.open(other) as restored:
        assert len(restored.names()) == isotopes
    return {
        "measure": "vault in PostgreSQL backed up and restored",
        "n": isotopes,
        "backup_s": round(seconds[0], 1),
        "restore_s": round(seconds[1], 1),
        "mib_more_backup": round(grown[0]),
        "mib_more_restore": round(grown[1]),
        "goal": "memory flat",
    }


def _under_kills(server: Server, kills: int, seed: int) -> dict[str, object]:
    """Writers go on until the server was killed so often; what they were told is kept must be."""
    rng = random.Random(seed)
    Vault.create(server.url, lambda: "a passphrase").close()
    ended, kept = threading.Event(), [dict[str, Isotope]() for _ in range(WRITERS)]
    threads = [
        threading.Thread(target=_write, args=(server.url, which, ended, kept[which]))
        for which in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for _ in range(kills):
        time.sleep(rng.uniform(0.5, 2))
        server.kill()
        server.start()
    time.sleep(1)
    ended.set()
    for thread in threads:
        thread.join()
    promised = {name: isotope for one in kept for name, isotope in one.items()}
    with Vault.open(server.url, lambda: "a passphrase") as vault:
        names = vault.names()
        lost = [n for n, isotope in promised.items() if n not in names or vault.get(n) != isotope]
    return {
        "measure": f"{WRITERS} writers, server killed",
        "seed": seed,
        "kills": kills,
        "isotopes": len(promised),
        "lost": len(lost),
        "twice": len(names) - len(set(names)),
        "unexpected": len(set(names) - set(promised)),
        "goal": "none lost, none twice",
    }


def _write(url: str, which: int, ended: threading.Event, kept: dict[str, Isotope]) -> None:
    """Add isotopes one by one; whatever fails is tried again until the vault has it."""
    number = 0
    vault: Vault | None = None
    isotope = _new(f"writer-{which}/{number}")
    while not ended.is_set():
        try:
            vault = vault or Vault.open(url, lambda: "a passphrase")
            vault.merge([(isotope, ())])
        except VaultError:
            time.sleep(0.05)
            continue
        kept[isotope.name] = isotope
        number += 1
        isotope = _new(f"writer-{which}/{number}")
    if vault is not None:
        vault.close()


def _new(name: str) -> Isotope:
    return new_isotope(name, get_family(DEFAULT_FAMILY), 0.1, plan=committed_terms())
