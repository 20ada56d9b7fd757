from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from isotopes.marks import get_family
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.vault.keys import sealing

PLAN = {"statistic": "mean-gain", "method": "rank", "level": 0.01, "label_search": True}


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt at its real cost would take most of the suite's time."""
    monkeypatch.setattr(sealing, "SCRYPT_N", 2**4)


@pytest.fixture(autouse=True)
def _no_vault_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISOTOPES_VAULT", raising=False)
    monkeypatch.delenv("ISOTOPES_PASSPHRASE", raising=False)


@pytest.fixture
def make() -> Callable[..., Isotope]:
    def make_isotope(name: str = "holiday", **terms: Any) -> Isotope:
        chosen = {"alpha": 0.375, "label": "tabby", "plan": PLAN, "decoys": 199, **terms}
        return new_isotope(name, get_family("dead_leaves"), **chosen)

    return make_isotope


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "vault.sqlite"


@pytest.fixture(params=["sealed", "unsealed"])
def vault(place: Path, request: pytest.FixtureRequest) -> Iterator[Vault]:
    with Vault.create(place, (lambda: "hunter2") if request.param == "sealed" else None) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own, reachable through a socket in its folder; yields the folder.

    PostgreSQL refuses to run as root, so root lends it another account.
    """
    found = shutil.which("initdb") or next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), None)
    if found is None:
        pytest.skip("needs PostgreSQL's initdb and postgres")
    pytest.importorskip("psycopg")
    programs = Path(found).resolve().parent
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        account = _account_for(Path(folder))
        data = Path(folder) / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "ann", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **account)
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", folder, "-D", data]
        with subprocess.Popen(
            [programs / "postgres", *options],
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **account,
        ) as server:
            try:
                _wait_until_it_answers(folder)
                yield folder
            finally:
                server.send_signal(signal.SIGINT)  # its fast shutdown


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of an empty database."""
    import psycopg

    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"host={postgres_server} user=ann dbname=postgres", autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    return f"postgresql://ann:hunter2@/{name}?host={postgres_server}"


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


def _wait_until_it_answers(folder: str) -> None:
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(f"host={folder} user=ann dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("PostgreSQL did not start within 30 s")
