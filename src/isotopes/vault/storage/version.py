"""Which version a vault is of, looked up before anything could be written to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from isotopes import __version__
from isotopes.errors import VaultError
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.schema import SCHEMA_VERSION, UPGRADABLE, meta
from isotopes.vault.storage.soundness import check_sqlite_contents

CURRENT = (str(SCHEMA_VERSION),)


def check_untouched(location: Location, path: Path, versions: Collection[str] = CURRENT) -> None:
    """Refuse what is not a vault of these versions before SQLite opens it to write.

    `immutable` reads the file as it lies there. Even a plain read could roll back a journal that
    another version left.
    """
    if not is_there(path):
        raise nothing_at(location)
    if path.is_dir():
        raise VaultError(
            f"a vault is a file, and {path} is a folder",
            hint=f"name a file in it, such as {path / 'vault.sqlite'}",
        )
    uri = f"file:{quote(os.fsencode(path))}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = dict(connection.execute(f"SELECT key, value FROM {meta.name}"))
            check_version(location, rows, versions)
            check_sqlite_contents(connection, path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise VaultError(
            f"{path} is not a vault: {error}",
            hint="if it was one it is damaged: restore a backup beside it, don't delete it",
        ) from None


def is_there(path: Path) -> bool:
    """Is there a file or a folder?

    Raises:
        VaultError: the folder around it can't be looked into.
    """
    try:
        return path.exists()
    except OSError as error:  # a folder that may not be looked into
        raise VaultError(f"{path} can't be reached: {error.strerror}") from error


def check_version(
    location: Location, rows: dict[str, str], versions: Collection[str] = CURRENT
) -> None:
    """Raise VaultError if a vault that says this of itself is of none of these versions."""
    found = rows.get("schema_version")
    if found in versions:
        return
    hint = f"this is isotopes {__version__}: use the release that wrote the vault"
    if found in UPGRADABLE:
        hint = "`isotopes vault upgrade` brings it up to date, and keeps a copy of a vault file"
    raise VaultError(
        f"the vault at {location} must have schema version {SCHEMA_VERSION}, got {found}",
        hint=f"nothing was written; {hint}",
    )


def nothing_at(location: Location) -> VaultError:
    """The error of a place without a vault."""
    return VaultError(
        f"there is no vault at {location}",
        hint="`isotopes mark` makes one, `isotopes vault restore` puts a backup there;"
        " --vault or ISOTOPES_VAULT names another",
    )
