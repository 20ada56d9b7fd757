"""A vault of an earlier version is brought up to date, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, update

from isotopes.errors import VaultError
from isotopes.vault.storage.database import has_tables, read_meta
from isotopes.vault.storage.engine import make_engine, translated, writer
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.private_file import private_file
from isotopes.vault.storage.schema import SCHEMA_VERSION, UPGRADABLE, meta
from isotopes.vault.storage.soundness import check_postgres_contents
from isotopes.vault.storage.sqlite_file import aside_of, copy_file
from isotopes.vault.storage.version import CURRENT, check_untouched, check_version, nothing_at

STEPS = Path(__file__).parent / "versions"
KNOWN = (*UPGRADABLE, *CURRENT)


@dataclass(frozen=True)
class Upgrade:
    """What became of a vault.

    Attributes:
        before, after: its versions; equal if there was nothing to do.
        aside: the copy of the vault file as it was; None in PostgreSQL, or if nothing was done.
    """

    before: str
    after: str
    aside: Path | None = None


def upgrade_vault(location: Location) -> Upgrade:
    """Bring the vault to this release's schema, or leave it as it is.

    Others can't write meanwhile. A vault file is copied first, in the same transaction, so the copy
    holds all that was written before.

    Raises:
        VaultError: there is no vault, no release of ours can upgrade it, it holds what no vault
            does, or the database failed: it is what it was then.
    """
    if location.path is not None:
        check_untouched(location, location.path, KNOWN)
    engine = make_engine(location)
    try:
        with translated(location), writer(engine).begin() as connection:
            if not has_tables(connection):
                raise nothing_at(location)
            found = read_meta(connection, "alone")
            check_version(location, found, KNOWN)
            before = found["schema_version"]
            if before in CURRENT:
                return Upgrade(before, before)
            aside = None
            if location.path is None:
                check_postgres_contents(connection, str(location))
            else:
                aside = aside_of(location.path)
                with private_file(aside) as temporary:
                    copy_file(location.path, temporary)
            _run_steps(connection, before)
            return Upgrade(before, str(SCHEMA_VERSION), aside)
    finally:
        engine.dispose()


def _run_steps(connection: Connection, before: str) -> None:
    # Slow to import, and hardly ever needed.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    # Alembic would keep the version in a table of its own; ours stands in `meta` with the rest,
    # where SQLite's file can be asked for it unopened.
    script = ScriptDirectory(str(STEPS), version_locations=[str(STEPS)])
    steps = list(script.iterate_revisions(str(SCHEMA_VERSION), before))
    with Operations.context(MigrationContext.configure(connection)):
        for step in reversed(steps):
            step.module.upgrade()
    if connection.dialect.name == "sqlite":
        orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if orphan is not None:
            raise VaultError("the upgrade left files of no isotope: nothing was changed")
    chosen = update(meta).where(meta.c.key == "schema_version")
    connection.execute(chosen.values(value=str(SCHEMA_VERSION)))
