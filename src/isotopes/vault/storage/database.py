"""An opened vault's transactions: they lose nothing, and never touch another version.

On PostgreSQL writers work side by side. Each locks the vault's description of itself against
changes (FOR SHARE), so that no key is stored under a sealing that is being replaced; what changes
the sealing takes those rows for itself. Names and commitments are kept unique by their indexes, and
a second writer of the same one waits for the first at that row. Only making a vault takes a lock
for all (an advisory one), as there are no rows yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import Connection, inspect, select

from isotopes.closing import Closing
from isotopes.errors import VaultError
from isotopes.vault.storage.engine import (
    make_engine,
    single_statements,
    snapshots,
    translated,
    writer,
)
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.private_file import private_file
from isotopes.vault.storage.schema import SCHEMA_VERSION, meta, metadata
from isotopes.vault.storage.soundness import check_postgres_contents
from isotopes.vault.storage.stored import believed
from isotopes.vault.storage.version import check_untouched, check_version, is_there, nothing_at

ADVISORY_LOCK = int.from_bytes(b"isotopes", "big")


class Database(Closing):
    """An existing vault's connection, as a context manager.

    Raises:
        VaultError: on opening, nothing is there, it is not a vault, of another schema version, or
            holds what no vault does.
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        if location.path is not None:
            check_untouched(location, location.path)
        self._engine = make_engine(location)
        # Made once: an engine with options of its own registers listeners.
        self._snapshots, self._writer = snapshots(self._engine), writer(self._engine)
        self._single = single_statements(self._engine)
        try:
            with self.reading() as connection:
                if not has_tables(connection):
                    raise nothing_at(location)
                check_version(location, read_meta(connection))
                if location.path is None:
                    check_postgres_contents(connection, str(location))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view, however many statements look at it.

        Raises:
            VaultError: the database failed.
        """
        with translated(self.location), self._snapshots.begin() as connection:
            yield connection

    @contextmanager
    def one_statement(self) -> Iterator[Connection]:
        """A connection for a single SELECT, which sees one view by itself.

        Raises:
            VaultError: the database failed.
        """
        with translated(self.location), self._single.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction to write in; an exception undoes all of it.

        Args:
            alone: whether no other writer may be at work meanwhile, on PostgreSQL too.

        Raises:
            VaultError: the database failed, or another process changed the schema meanwhile.
        """
        with translated(self.location), self._writer.begin() as connection:
            check_version(self.location, read_meta(connection, "alone" if alone else "shared"))
            yield connection


def exists(location: Location) -> bool:
    """Is there anything where the vault should be?

    Raises:
        VaultError: the folder can't be looked into, or the PostgreSQL server can't be asked.
    """
    if location.path is not None:
        return is_there(location.path)
    engine = make_engine(location)
    try:
        with translated(location), engine.begin() as connection:
            return has_tables(connection)
    finally:
        engine.dispose()


def create(location: Location, values: dict[str, str]) -> None:
    """Make an empty vault whose meta table holds `values` and the schema version.

    A file appears complete, with mode 0600, or not at all.

    Raises:
        VaultError: there is a vault or another file already, or it can't be written.
    """
    with making(location) as connection:
        rows = {"schema_version": str(SCHEMA_VERSION), **values}
        connection.execute(meta.insert(), [{"key": k, "value": v} for k, v in rows.items()])


@contextmanager
def making(location: Location) -> Iterator[Connection]:
    """A transaction in a vault that doesn't exist yet: its tables are there, and empty.

    It has to fill `meta`. If the block fails, there is no vault.

    Raises:
        VaultError: as `create`.
    """
    if location.path is None:
        with _new_tables(location, location) as connection:
            yield connection
        return
    with private_file(location.path) as temporary:
        part = Location(location.url.set(database=str(temporary)), temporary)
        with _new_tables(part, location) as connection:
            yield connection


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


@contextmanager
def _new_tables(location: Location, named: Location) -> Iterator[Connection]:
    engine = make_engine(location)
    try:
        with translated(named), writer(engine).begin() as connection:
            if location.path is None:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            if has_tables(connection):
                raise VaultError(f"there is a vault at {named} already")
            metadata.create_all(connection)
            yield connection
    finally:
        engine.dispose()
