"""What a run has planned and done, so that the next one can go on where it stopped.

An SQLite file that only its owner can read, outside the output folder: that folder is published,
and which pictures are marked must not be. A file's outcome is committed *before* the file gets its
name, so a file in the output folder without an outcome here isn't ours.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.files import can_flush
from isotopes.photos.fate import Fate, FileOutcome

VERSION = 2
PRIVATE = 0o600
PATIENCE_SECONDS = 1.0  # another process's lock lasts as long as its run
SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    name TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    fate TEXT,
    reason TEXT,
    before TEXT,
    after TEXT,
    size INTEGER,
    left_out TEXT
)
"""


class Journal:
    """The journal of one output folder; made by `open_journal`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def check(self, plans: Mapping[str, str], written: Collection[str]) -> None:
        """Do these plans match those of the files that were written before?

        Args:
            plans: for each name a text that says everything that decides its output.
            written: names of files that are there.

        Raises:
            FolderError: another plan was begun here.
        """
        for name, plan in self.plans().items():
            if name in written and plans.get(name, plan) != plan:
                raise FolderError(
                    f"this output folder was begun {difference(plan, plans[name])} ({name})",
                    hint="repeat the command that began it, or choose a new output folder",
                )

    def plans(self) -> dict[str, str]:
        """What was planned, by name."""
        return dict(self._connection.execute("SELECT name, plan FROM files"))

    def plan(self, plans: Mapping[str, str]) -> None:
        """Fix what will be done with each name; the plan of a file that was written stays."""
        with self._connection:
            self._connection.executemany(
                "INSERT INTO files (name, plan) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET plan = excluded.plan WHERE after IS NULL",
                plans.items(),
            )

    def forget(self) -> None:
        """Begin again: forget everything that was done."""
        with self._connection:
            self._connection.execute("DELETE FROM files")

    def outcomes(self) -> dict[str, FileOutcome]:
        """What has been done, by name."""
        rows = self._connection.execute(
            "SELECT name, fate, reason, before, after, size, left_out FROM files"
            " WHERE fate IS NOT NULL"
        )
        return {
            name: FileOutcome(
                name, Fate(fate), reason, before, after, size, tuple(json.loads(left_out))
            )
            for name, fate, reason, before, after, size, left_out in rows
        }

    def record(self, outcomes: Iterable[FileOutcome]) -> None:
        """Keep outcomes, all or none; they survive even a loss of power once this returns."""
        rows = [
            (
                outcome.fate.value,
                outcome.reason,
                outcome.before,
                outcome.after,
                outcome.size,
                json.dumps(outcome.left_out),
                outcome.name,
            )
            for outcome in outcomes
        ]
        with self._connection:
            self._connection.executemany(
                "UPDATE files SET fate = ?, reason = ?, before = ?, after = ?, size = ?,"
                " left_out = ? WHERE name = ?",
                rows,
            )


def difference(planned: str, now: str) -> str:
    """How two plans of one file differ, in words that follow "was begun".

    >>> difference("strip=None alpha=0.4 mark=a", "strip=gps alpha=0.4 mark=a")
    'with strip None, now gps'
    """
    before, after = _terms(planned), _terms(now)
    if ("mark" in before) != ("mark" in after):
        words = ("with", "without") if "mark" in before else ("without", "with")
        return f"{words[0]} the mark in this picture, now {words[1]}"
    term = next(term for term in before if before[term] != after.get(term))
    if term == "mark":
        return "with another mark: by another isotope or vault"
    return f"with {term} {before[term]}, now {after.get(term)}"


def _terms(plan: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in plan.split(" "))


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """The journal at `path`, made if needed, and locked against any other process.

    Raises:
        FolderError: in use, of another version, or not to be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep_private(path)
        flushes = can_flush(path)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as connection:
            _prepare(connection, flushes=flushes)
            yield Journal(connection)
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise FolderError(
                "another process is marking into this output folder", hint="wait until it is done"
            ) from error
        raise _unusable(path, error) from error


def _keep_private(path: Path) -> None:
    """Make the file, if needed, readable by its owner alone; SQLite's files beside it follow it."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))
    with suppress(OSError, NotImplementedError):  # a file system without permissions
        path.chmod(PRIVATE)


def _unusable(path: Path, error: Exception) -> FolderError:
    return FolderError(f"the journal of this run can't be read or written: {path}: {error}")


def _prepare(connection: sqlite3.Connection, *, flushes: bool) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if flushes else 'OFF'}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in {0, VERSION}:
        raise FolderError(
            f"the journal must be of version {VERSION}, got {version}",
            hint="go on with the release of isotopes that began this folder",
        )
    with connection:
        connection.execute(SCHEMA)
        connection.execute(f"PRAGMA user_version = {VERSION}")
