"""Is a vault what this release makes, and closed to others?

A database can hold more than tables. A trigger in a vault that somebody else restored or sent runs
whenever a key is stored, and could copy it or undo its sealing. So a vault that holds anything
that we don't make is not opened.
"""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

from sqlalchemy import Connection, text

from isotopes.errors import VaultError
from isotopes.vault.storage.schema import metadata

OTHERS = stat.S_IRWXG | stat.S_IRWXO
_TRIGGERS = text(
    "SELECT 'trigger', tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE NOT tgisinternal AND relname = ANY(:tables)"
    " UNION ALL SELECT 'rule', rulename FROM pg_rules WHERE tablename = ANY(:tables)"
    " ORDER BY 1, 2"
)


def check_sqlite_contents(connection: sqlite3.Connection, path: Path) -> None:
    """Raise VaultError if the file holds triggers, views or tables that are not a vault's."""
    found = connection.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name")
    for kind, name, table in found:
        # SQLite itself makes an index for each primary key and unique column.
        ours = name in metadata.tables if kind == "table" else name.startswith("sqlite_autoindex_")
        if not ours or table not in metadata.tables:
            raise _foreign(str(path), kind, name)


def check_postgres_contents(connection: Connection, place: str) -> None:
    """Raise VaultError if a trigger or a rule hangs on one of the vault's tables."""
    found = connection.execute(_TRIGGERS, {"tables": list(metadata.tables)}).first()
    if found is not None:
        raise _foreign(place, *found)


def open_to_others(path: Path) -> str | None:
    """Who else may read or change the file, in words; None if only its owner may."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & OTHERS:
        return None
    change = "read and change" if mode & (stat.S_IWGRP | stat.S_IWOTH) else "read"
    return (
        f"other accounts on this computer may {change} {path} (its mode is {mode:04o}):"
        f" `chmod 600` closes it"
    )


def _foreign(place: str, kind: str, name: str) -> VaultError:
    return VaultError(
        f"the vault at {place} holds a {kind} that isotopes doesn't make: {name!r}",
        hint="nothing was read or written; whoever had the file may have altered it:"
        " restore a backup of your own",
    )
