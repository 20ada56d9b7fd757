"""What holds only between real processes: nothing lost by two at once, nothing broken by a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from isotopes.vault import Isotope, Vault

PRELUDE = """
import sys
from isotopes.errors import VaultError
from isotopes.marks import get_family
from isotopes.vault import FileEntry, Vault, new_isotope
place, who = sys.argv[1:]
def isotope(name):
    return new_isotope(name, get_family("gratings"), 0.4, plan={})
print("ready", flush=True)
sys.stdin.readline()
"""
ADD_FIFTY = """
with Vault.open(place) as vault:
    for i in range(50):
        vault.add(isotope(f"{who}-{i:02}"))
        entry = FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)
        vault.record_files(f"{who}-{i:02}", [entry])
"""
CREATE = """
try:
    vault = Vault.create(place)
except VaultError as error:
    print(error)
    vault = Vault.open(place)
with vault:
    vault.add(isotope(who))
"""
STOP_IN_A_WRITE = """
def entries():
    for i in range(40_000):  # more than SQLite's cache: the file itself is half written
        yield FileEntry(f"{i}.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)
    print("half written", flush=True)
    sys.stdin.read()
with Vault.open(place) as vault:
    vault.merge([(isotope("second"), entries())])
"""


@pytest.fixture(params=["file", "postgres"])
def shared(request: pytest.FixtureRequest) -> str:
    """Where both processes find the vault: a file, or an empty PostgreSQL database."""
    return str(request.getfixturevalue("place" if request.param == "file" else "postgres"))


def start(code: str, place: str, who: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PRELUDE + code, place, who]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run_together(code: str, place: str) -> list[str]:
    """What two processes tell that begin at the same moment."""
    processes = [start(code, place, who) for who in ("left", "right")]
    for process in processes:
        wait_for("ready\n", process)
    for process in processes:
        release(process)
    told = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    return told


def release(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def wait_for(line: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    found = process.stdout.readline()
    assert found == line, found + process.stdout.read()


def test_two_processes_at_once_lose_nothing(shared: str) -> None:
    Vault.create(shared).close()
    run_together(ADD_FIFTY, shared)
    with Vault.open(shared) as vault:
        assert sorted(vault.names()) == [
            f"{w}-{i:02}" for w in ("left", "right") for i in range(50)
        ]
        assert [s.marked for s in vault.summaries()] == [1] * 100
        assert vault.get("right-49").name == "right-49"


def test_two_processes_that_both_make_the_vault(shared: str) -> None:
    told = run_together(CREATE, shared)
    assert sum("already" in text for text in told) == 1
    with Vault.open(shared) as vault:
        assert sorted(vault.names()) == ["left", "right"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_killed_in_the_middle_of_a_write(place: Path, make: Callable[..., Isotope]) -> None:
    isotope = make("first")
    with Vault.create(place) as vault:
        vault.add(isotope)
    whole = place.stat().st_size
    process = start(STOP_IN_A_WRITE, str(place), "killed")
    wait_for("ready\n", process)
    release(process)
    wait_for("half written\n", process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert place.with_name("vault.sqlite-journal").stat().st_size > 0
    assert place.stat().st_size > 2 * whole  # so there is something to undo

    with Vault.open(place) as vault:
        assert vault.names() == ["first"]
        assert vault.get("first") == isotope
        vault.add(make("second"))
        assert vault.files("second") == []
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
