"""The SQLite file of a query journal: how it is created, opened, written and kept safe.

Durability. The file has a write-ahead log, and each group of answers is one transaction. What a
commit wrote survives the death of the process, so `kill -9` at any moment loses only answers that
were still on their way. A power cut could take more, so the first commit after each second also
forces the log to the disk. That bounds the loss to one second's answers. Forcing every commit (4 ms
on an ordinary SSD) would slow fifty concurrent requests down to a fraction of their speed. No crash
corrupts the file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isotopes.errors import JournalError
from isotopes.files import can_flush

_APPLICATION = 0x49534F51  # "ISOQ": marks a SQLite file as a journal
_VERSION = 3
_SYNC_SECONDS = 1.0
_WAIT_SECONDS = 60.0  # for another process that is writing
_LOG_PAGES = 10_000  # 40 MB: index writes fall all over the file, so merge rarely

_SCHEMA = (
    "CREATE TABLE sources (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE)",
    "CREATE TABLE headers (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,"
    " labels TEXT NOT NULL, completeness TEXT NOT NULL, cut REAL)",
    # Scores lie in order of arrival; only the narrow index is in the order of the hashes.
    "CREATE TABLE answers (id INTEGER PRIMARY KEY, source INTEGER NOT NULL,"
    " picture BLOB NOT NULL, header INTEGER NOT NULL, scores BLOB NOT NULL,"
    " UNIQUE (source, picture))",
    "CREATE TABLE readings (id INTEGER PRIMARY KEY, source INTEGER NOT NULL,"
    " canary BLOB NOT NULL, position INTEGER NOT NULL, version TEXT, header INTEGER NOT NULL,"
    " scores BLOB NOT NULL)",
    "CREATE TABLE journal (identity TEXT NOT NULL)",
    "INSERT INTO journal VALUES (lower(hex(randomblob(16))))",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
)


class JournalFile:
    """One connection to the file, shared by all threads of this process.

    Attributes:
        path: where the file is.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`; create one, readable only by its owner, if there is none.

        Raises:
            JournalError: not a journal, a journal of another version, or no access to it.
        """
        self.path = path
        self._lock = threading.RLock()
        self._synced = -_SYNC_SECONDS
        self._synchronous: bool | None = None  # whether commits are forced to the disk
        with self._journal_errors():
            _create_private(path)
            self._flushes = can_flush(path)
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, while no other thread uses it."""
        with self._lock, self._journal_errors():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept, or nothing."""
        with self._lock, self._journal_errors():
            now = time.monotonic()
            due = self._flushes and now - self._synced >= _SYNC_SECONDS
            if due != self._synchronous:
                level = "FULL" if due else "NORMAL" if self._flushes else "OFF"
                self._connection.execute(f"PRAGMA synchronous = {level}")
                self._synchronous = due
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            if due:
                self._synced = now

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._journal_errors():
            self._connection.close()

    def _prepare(self) -> None:
        if self._pragma("application_id") == 0:
            with self.writing() as write:
                # Checked inside the transaction: another process may just have made the tables.
                tables = write.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                for statement in _SCHEMA if tables == 0 else ():
                    write.execute(statement)
        if self._pragma("application_id") != _APPLICATION:
            raise JournalError(
                f"{self.path} is not a query journal", hint="name another file for the journal"
            )
        version = self._pragma("user_version")
        if version != _VERSION:
            raise JournalError(
                f"query journal {self.path} must be version {_VERSION}, got {version}",
                hint="use the release of isotopes that wrote it, or name another file",
            )
        self._use_write_ahead_log()
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _use_write_ahead_log(self) -> None:
        # SQLite doesn't wait by itself when two processes switch a new file at the same moment.
        give_up = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _journal_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"query journal {self.path} can't be used: {error}",
                hint="every answer stored so far is kept; check the disk, then run it again",
            ) from error


def _create_private(path: Path) -> None:
    """Create an empty file with mode 0600, before SQLite would make one that others can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
