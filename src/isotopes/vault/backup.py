"""Backup and restore of a vault file, by SQLite's online copy: safe while others write to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from isotopes.errors import VaultError
from isotopes.files import can_flush
from isotopes.vault.storage.database import BUSY_SECONDS, Database
from isotopes.vault.storage.location import Location, locate
from isotopes.vault.storage.private_file import private_file
from isotopes.vault.vault import Vault


def backup_vault(location: str | Path | None, target: Path) -> None:
    """Copy the vault, its keys sealed as they are, to a new file of mode 0600.

    Raises:
        VaultError: there is no vault file, it is damaged, or `target` exists.
    """
    source = _file_of(locate(location))
    _check_sound(source)
    with private_file(target) as temporary:
        _copy(source, temporary)


def restore_vault(source: Path, location: str | Path | None, *, force: bool = False) -> Path | None:
    """Restore a backup to the vault's location.

    With `force` an existing vault is replaced, after it was copied aside; the path of
    that copy is returned. Processes that have the vault open see the change at once.

    Raises:
        VaultError: the backup is damaged or of another schema version; a vault is in its place
            and `force` is not given; or what is there is not a sound vault of this version.
    """
    place = locate(location)
    target = _file_of(place)
    if not source.exists():
        raise VaultError(
            f"there is no file {source}", hint="name the backup that shall be restored"
        )
    _check_sound(source)
    if target.exists() and target.samefile(source):
        raise VaultError(f"a vault can't be restored from itself: {source}")
    if not target.exists():
        with private_file(target) as temporary:
            _copy(source, temporary)
        return None
    if not force:
        raise VaultError(
            f"there is a vault at {place} already",
            hint="--force replaces it and keeps a copy; `isotopes vault import` merges two vaults",
        )
    _check_sound(target)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    aside = target.with_name(f"{target.name}.replaced-{stamp}")
    _replace(source, target, aside)
    return aside


def _file_of(location: Location) -> Path:
    if location.path is None:
        raise VaultError(
            f"backup and restore copy a vault file, got {location}",
            hint="use `isotopes vault export` and `import`, or PostgreSQL's pg_dump",
        )
    return location.path


def _copy(source: Path, target: Path) -> None:
    with _connected(source) as origin, _connected(target) as copy:
        origin.backup(copy)


def _replace(source: Path, target: Path, aside: Path) -> None:
    """Set `target` aside, then overwrite it, and let no other process write in between."""
    with _connected(source) as origin, _connected(target) as place:
        place.execute("BEGIN EXCLUSIVE")
        place.execute("PRAGMA locking_mode = EXCLUSIVE")  # the lock outlives the transaction
        place.execute("COMMIT")
        with private_file(aside) as temporary, _connected(temporary) as copy:
            place.backup(copy)
        origin.backup(place)


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        opened = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        with closing(opened) as connection:
            if not can_flush(path):  # SQLite would fail
                connection.execute("PRAGMA synchronous = OFF")
            yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise VaultError(f"{path} can't be copied or replaced: {error}") from error


def _check_sound(path: Path) -> None:
    """Raise VaultError unless the file is an undamaged vault of this schema version."""
    Vault.open(path).close()  # raises if metadata of the vault is missing
    with Database(locate(path)) as opened, opened.reading() as connection:
        report = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if report != "ok" or orphans is not None:
        raise VaultError(
            f"{path} is damaged: {report if report != 'ok' else 'files of no isotope'}"
        )
