"""Connections to a vault: their pool, how transactions begin, and the driver's errors in our words.

SQLite keeps its default rollback journal rather than a write-ahead log: at rest a vault is one file
that can be copied, it works in a home folder on a network, and writers of a ledger don't need the
speed. Every write takes the write lock first (BEGIN IMMEDIATE), so that what it checks still holds
when it commits, and a second process waits for its turn.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import (
    DisconnectionError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.pool import ConnectionPoolEntry

from isotopes.errors import VaultError, VaultUnreachable
from isotopes.extras import how_to_install
from isotopes.files import can_flush
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.stored import read_column

BUSY_SECONDS = 30  # how long a process waits for another one's write
AWAY = (DisconnectionError, InterfaceError, OperationalError, PoolExhausted)
POOL = 8  # connections that are kept; as many more at busy times
TRUSTED_SECONDS = 0.5  # how long after its use a connection needs no look at whether it's alive
WRITES, USED = "isotopes_writes", "isotopes_used"
# Asked of PostgreSQL in every write: a server may be set to answer before a commit is on its disk.
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)


def make_engine(location: Location) -> Engine:
    """The pool of connections.

    Raises:
        VaultError: the driver for PostgreSQL is not installed.
    """
    # hide_parameters: a failing statement's parameters would put keys into the error's text.
    try:
        if location.path is None:
            engine = create_engine(
                location.url,
                hide_parameters=True,
                json_deserializer=read_column,
                pool_size=POOL,
                max_overflow=POOL,
                pool_timeout=BUSY_SECONDS,
            )
            event.listen(engine, "checkout", _replace_if_closed)
            event.listen(engine, "checkin", _note_use)
        else:
            timeout = {"timeout": BUSY_SECONDS}
            engine = create_engine(
                location.url,
                hide_parameters=True,
                connect_args=timeout,
                json_deserializer=read_column,
            )
            event.listen(engine, "connect", _configure_sqlite)
    except ModuleNotFoundError:
        raise VaultError(
            "a vault in PostgreSQL needs the postgres extra",
            hint=how_to_install("postgres"),
        ) from None
    event.listen(engine, "begin", _begin)
    return engine


def writer(engine: Engine) -> Engine:
    """The same connections, for transactions that write."""
    return engine.execution_options(**{WRITES: True})


def snapshots(engine: Engine) -> Engine:
    """Transactions of several statements that all see one state; SQLite's do so anyway."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def single_statements(engine: Engine) -> Engine:
    """For a SELECT by itself, without the round trips of BEGIN and COMMIT on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _replace_if_closed(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Replace a kept connection that the server closed, because it was restarted perhaps.

    To ask the server each time (SQLAlchemy's `pool_pre_ping`) would double the time of a look-up,
    so a connection that was just in use is trusted, as HikariCP does.
    """
    if time.monotonic() - record.info.get(USED, time.monotonic()) < TRUSTED_SECONDS:
        return
    try:
        connection.execute("")
        connection.rollback()
    except Exception as error:  # whatever the driver raises
        raise DisconnectionError from error  # the pool connects anew


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in _begin, not where sqlite3 guesses
    connection.execute("PRAGMA foreign_keys = ON")
    # A commit outlives a power cut, where the file system can promise that.
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    connection.execute(f"PRAGMA synchronous = {'EXTRA' if can_flush(Path(path)) else 'OFF'}")
    connection.execute("PRAGMA secure_delete = ON")  # sealing a vault wipes the bare keys


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif writes:
        connection.exec_driver_sql(DURABLE)


@contextmanager
def translated(location: Location) -> Iterator[None]:
    """The driver's errors in our words; the driver's own message holds no parameters."""
    try:
        yield
    except ValueError as error:  # of `stored.believed`, and of SQLAlchemy's types
        raise VaultError(
            f"the vault at {location} holds what no vault does: {error!s:.200}",
            hint="it was altered or is damaged: restore a backup",
        ) from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        busy = f"another process has been writing to it for over {BUSY_SECONDS} s: try again"
        away = location.path is None and isinstance(error, AWAY)
        raise (VaultUnreachable if away else VaultError)(
            f"the vault at {location} can't be used: {reason}",
            hint=busy if "locked" in reason else None,
        ) from error
