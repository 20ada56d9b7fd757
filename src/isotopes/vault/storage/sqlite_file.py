"""Copies of a vault file by SQLite's online backup: safe while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from isotopes.errors import VaultError
from isotopes.files import can_flush
from isotopes.vault.storage.engine import BUSY_SECONDS


def copy_file(source: Path, target: Path) -> None:
    """Copy the vault file to `target`, which is replaced.

    Raises:
        VaultError: one of them can't be opened, read or written.
    """
    with connected(source) as origin, connected(target) as copy:
        origin.backup(copy)


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection without SQLAlchemy.

    Raises:
        VaultError: SQLite failed, in the block too.
    """
    try:
        opened = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        with closing(opened) as connection:
            if not can_flush(path):  # SQLite would fail
                connection.execute("PRAGMA synchronous = OFF")
            yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise VaultError(f"{path} can't be copied or replaced: {error}") from error


def aside_of(path: Path) -> Path:
    """A name beside this file, for the copy of a vault that is about to be replaced or upgraded."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return path.with_name(f"{path.name}.replaced-{stamp}")
