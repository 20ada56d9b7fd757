"""A PostgreSQL server of a test's own, reachable through a socket in its folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 30


class PostgresServer:
    """A server that can be stopped as a power cut stops it, and started again.

    PostgreSQL refuses to run as root, so root lends it another account.
    """

    def __init__(self, folder: Path) -> None:
        """Make a cluster in the empty `folder`, whose path must be short, and start its server."""
        found = shutil.which("initdb") or next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), "")
        if not found:
            pytest.skip("needs PostgreSQL's initdb and postgres")
        pytest.importorskip("psycopg")
        self._programs = Path(found).resolve().parent
        self._folder, self._data = folder, folder / "data"
        self._account = _account_for(folder)
        initdb = [self._programs / "initdb", "-D", self._data, "-U", "ann", "-A", "trust"]
        subprocess.run(
            [*initdb, "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
            **self._account,
        )
        self.start()

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", self._folder]
        self._server = subprocess.Popen(
            [self._programs / "postgres", *options, "-D", self._data],
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._account,
        )
        self._wait_until_it_answers()

    def stop(self, *, abruptly: bool = False) -> None:
        """End the server: tidily, or all its processes at once, so that it must recover."""
        self._server.send_signal(signal.SIGQUIT if abruptly else signal.SIGINT)
        self._server.wait(timeout=START_SECONDS)

    def new_database(self) -> str:
        """The URL of an empty database."""
        import psycopg

        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://ann:hunter2@/{name}?host={self._folder}"

    @property
    def _address(self) -> str:
        return f"host={self._folder} user=ann dbname=postgres"

    def _wait_until_it_answers(self) -> None:
        import psycopg

        end = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self._address).close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    pytest.fail(f"PostgreSQL did not start within {START_SECONDS} s")
                time.sleep(0.1)
            else:
                return


def _account_for(folder: Path) -> dict[str, Any]:
    """Arguments for subprocess that run it as the owner of `folder`, never root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names.get("nobody")
    if entry is None:
        pytest.skip("needs an account other than root to run PostgreSQL")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
