"""Backup and restore of a whole vault, safe while others write to it.

A backup is a vault file, wherever the vault lies. A file is copied by SQLite itself. From
PostgreSQL the rows come as one state of the vault, a batch at a time, and go back by COPY; so a
backup also moves a vault from a file into a server, or back. Keys stay sealed as they are.
"""

from __future__ import annotations

from pathlib import Path

from isotopes.errors import VaultError
from isotopes.vault.storage.copying import copy_rows, empty
from isotopes.vault.storage.database import Database, exists, making
from isotopes.vault.storage.location import Location, locate
from isotopes.vault.storage.private_file import private_file
from isotopes.vault.storage.sqlite_file import aside_of, connected, copy_file
from isotopes.vault.vault import Vault


def backup_vault(location: str | Path | None, target: Path) -> None:
    """Copy the vault, its keys sealed as they are, to a new file of mode 0600.

    Raises:
        VaultError: there is no vault, it is damaged, or `target` exists.
    """
    place = locate(location)
    if place.path is None:
        with Database(place) as opened, opened.reading() as rows, making(locate(target)) as copy:
            copy_rows(rows, copy)
        return
    _check_sound(place.path)
    with private_file(target) as temporary:
        copy_file(place.path, temporary)


def restore_vault(source: Path, location: str | Path | None, *, force: bool = False) -> Path | None:
    """Restore a backup to the vault's location.

    With `force` an existing vault is replaced, after it was copied aside; the path of
    that copy is returned. Processes that have the vault open see the change at once.

    Raises:
        VaultError: the backup is damaged or of another schema version; a vault is in its place
            and `force` is not given; or what is there is not a sound vault of this version.
    """
    place = locate(location)
    if not source.exists():
        raise VaultError(
            f"there is no file {source}", hint="name the backup that shall be restored"
        )
    _check_sound(source)
    if place.path is not None and place.path.exists() and place.path.samefile(source):
        raise VaultError(f"a vault can't be restored from itself: {source}")
    if not exists(place):
        _restore_new(source, place)
        return None
    if not force:
        raise VaultError(
            f"there is a vault at {place} already",
            hint="--force replaces it and keeps a copy; `isotopes vault import` merges two vaults",
        )
    if place.path is None:
        return _replace_rows(source, place)
    _check_sound(place.path)
    aside = aside_of(place.path)
    _replace(source, place.path, aside)
    return aside


def _restore_new(source: Path, place: Location) -> None:
    if place.path is not None:
        with private_file(place.path) as temporary:
            copy_file(source, temporary)
        return
    with Database(locate(source)) as opened, opened.reading() as rows, making(place) as restored:
        copy_rows(rows, restored)


def _replace(source: Path, target: Path, aside: Path) -> None:
    """Set `target` aside, then overwrite it, and let no other process write in between."""
    with connected(source) as origin, connected(target) as place:
        place.execute("BEGIN EXCLUSIVE")
        place.execute("PRAGMA locking_mode = EXCLUSIVE")  # the lock outlives the transaction
        place.execute("COMMIT")
        with private_file(aside) as temporary, connected(temporary) as copy:
            place.backup(copy)
        origin.backup(place)


def _replace_rows(source: Path, place: Location) -> Path:
    """The same in PostgreSQL, where the copy lies beside the backup."""
    aside = aside_of(source)
    with Database(place) as server, server.writing(alone=True) as rows:
        with making(locate(aside)) as copy:
            copy_rows(rows, copy)
        empty(rows)
        with Database(locate(source)) as opened, opened.reading() as saved:
            copy_rows(saved, rows)
    return aside


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
