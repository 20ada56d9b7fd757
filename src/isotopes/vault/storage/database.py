"""The connection to a vault: transactions that lose nothing, and no touch of another version.

SQLite keeps its default rollback journal rather than a write-ahead log: at rest a vault is one file
that can be copied, it works in a home folder on a network, and writers of a ledger don't need the
speed. Every write takes the write lock first (BEGIN IMMEDIATE), so that what it checks still holds
when it commits, and a second process waits for its turn.

On PostgreSQL writers work side by side. Each locks the vault's description of itself against
changes (FOR SHARE), so that no key is stored under a sealing that is being replaced; what changes
the sealing takes those rows for itself. Names and commitments are kept unique by their indexes, and
a second writer of the same one waits for the first at that row. Only making a vault takes a lock
for all (an advisory one), as there are no rows yet.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from isotopes import __version__
from isotopes.closing import Closing
from isotopes.errors import VaultError
from isotopes.extras import how_to_install
from isotopes.files import can_flush
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.private_file import private_file
from isotopes.vault.storage.schema import SCHEMA_VERSION, meta, metadata
from isotopes.vault.storage.soundness import check_postgres_contents, check_sqlite_contents
from isotopes.vault.storage.stored import believed, read_column

BUSY_SECONDS = 30  # how long a process waits for another one's write
POOL = 8  # connections that are kept; as many more at busy times
ADVISORY_LOCK = int.from_bytes(b"isotopes", "big")
WRITES = "isotopes_writes"
# Asked of PostgreSQL in every write: a server may be set to answer before a commit is on its disk.
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)


class Database(Closing):
    """An existing vault's connection, as a context manager.

    Raises:
        VaultError: on opening, nothing is there, it is not a vault, of another schema version, or
            holds what no vault does.
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        if location.path is not None:
            _check_untouched(location, location.path)
        self._engine = _engine(location)
        try:
            with self.reading() as connection:
                if not has_tables(connection):
                    raise _nothing_at(location)
                _check_version(location, read_meta(connection))
                if location.path is None:
                    check_postgres_contents(connection, str(location))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view.

        Raises:
            VaultError: the database failed.
        """
        with _translated(self.location), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction to write in; an exception undoes all of it.

        Args:
            alone: whether no other writer may be at work meanwhile, on PostgreSQL too.

        Raises:
            VaultError: the database failed, or another process changed the schema meanwhile.
        """
        with _translated(self.location), _writer(self._engine).begin() as connection:
            _check_version(self.location, read_meta(connection, "alone" if alone else "shared"))
            yield connection


def exists(location: Location) -> bool:
    """Is there anything where the vault should be?

    Raises:
        VaultError: the folder can't be looked into, or the PostgreSQL server can't be asked.
    """
    if location.path is not None:
        return _is_there(location.path)
    engine = _engine(location)
    try:
        with _translated(location), engine.begin() as connection:
            return has_tables(connection)
    finally:
        engine.dispose()


def create(location: Location, values: dict[str, str]) -> None:
    """Make an empty vault whose meta table holds `values` and the schema version.

    A file appears complete, with mode 0600, or not at all.

    Raises:
        VaultError: there is a vault or another file already, or it can't be written.
    """
    if location.path is None:
        _fill(location, location, values)
        return
    with private_file(location.path) as temporary:
        part = Location(location.url.set(database=str(temporary)), temporary)
        _fill(part, location, values)


def read_meta(
    connection: Connection, locked: Literal["no", "shared", "alone"] = "no"
) -> dict[str, str]:
    """The vault's description of itself.

    Args:
        locked: whether it must stay what it is until this transaction ends ("shared"), and whether
            no other transaction may rely on it meanwhile ("alone"). SQLite ignores it: there a
            writer is alone anyway.
    """
    chosen = select(meta).order_by(meta.c.key)
    if locked != "no":
        chosen = chosen.with_for_update(read=locked == "shared")
    found = {row.key: row.value for row in connection.execute(chosen)}
    return believed(dict[str, str], found)


def has_tables(connection: Connection) -> bool:
    """Does this database hold a vault?"""
    return inspect(connection).has_table(meta.name)


def _fill(location: Location, named: Location, values: dict[str, str]) -> None:
    engine = _engine(location)
    try:
        with _translated(named), _writer(engine).begin() as connection:
            if location.path is None:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            if has_tables(connection):
                raise VaultError(f"there is a vault at {named} already")
            metadata.create_all(connection)
            rows = {"schema_version": str(SCHEMA_VERSION), **values}
            connection.execute(meta.insert(), [{"key": k, "value": v} for k, v in rows.items()])
    finally:
        engine.dispose()


def _engine(location: Location) -> Engine:
    # hide_parameters: a failing statement's parameters would put keys into the error's text.
    try:
        if location.path is None:
            engine = create_engine(
                location.url,
                hide_parameters=True,
                json_deserializer=read_column,
                # Connections are kept and shared by threads, and one that the server closed,
                # because it was started anew perhaps, is replaced before it is used.
                pool_size=POOL,
                max_overflow=POOL,
                pool_pre_ping=True,
                pool_timeout=BUSY_SECONDS,
            )
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


def _writer(engine: Engine) -> Engine:
    return engine.execution_options(**{WRITES: True})


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


def _check_untouched(location: Location, path: Path) -> None:
    """Refuse what is not a vault of this version before SQLite opens it to write.

    `immutable` reads the file as it lies there. Even a plain read could roll back a journal that
    another version left.
    """
    if not _is_there(path):
        raise _nothing_at(location)
    if path.is_dir():
        raise VaultError(
            f"a vault is a file, and {path} is a folder",
            hint=f"name a file in it, such as {path / 'vault.sqlite'}",
        )
    uri = f"file:{quote(os.fsencode(path))}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = dict(connection.execute(f"SELECT key, value FROM {meta.name}"))
            _check_version(location, rows)
            check_sqlite_contents(connection, path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise VaultError(
            f"{path} is not a vault: {error}",
            hint="if it was one it is damaged: restore a backup beside it, don't delete it",
        ) from None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # a folder that may not be looked into
        raise VaultError(f"{path} can't be reached: {error.strerror}") from error


def _check_version(location: Location, rows: dict[str, str]) -> None:
    found = rows.get("schema_version")
    if found != str(SCHEMA_VERSION):
        raise VaultError(
            f"the vault at {location} must have schema version {SCHEMA_VERSION}, got {found}",
            hint=f"nothing was written; this is isotopes {__version__}:"
            " use the release that wrote the vault",
        )


def _nothing_at(location: Location) -> VaultError:
    return VaultError(
        f"there is no vault at {location}",
        hint="`isotopes mark` makes one, `isotopes vault restore` puts a backup there;"
        " --vault or ISOTOPES_VAULT names another",
    )


@contextmanager
def _translated(location: Location) -> Iterator[None]:
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
        raise VaultError(
            f"the vault at {location} can't be used: {reason}",
            hint=busy if "locked" in reason else None,
        ) from error
