from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from isotopes.errors import VaultError
from isotopes.vault import FileEntry, Isotope, Vault, backup_vault, restore_vault
from isotopes.vault.storage.private_file import private_file

Make = Callable[..., Isotope]


@pytest.fixture
def saved(vault: Vault, place: Path, make: Make) -> Path:
    """A backup of a vault that holds one isotope."""
    vault.add(make())
    vault.record_files(
        "holiday", [FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)]
    )
    backup_vault(place, place.parent / "saved")
    return place.parent / "saved"


def names(place: Path) -> list[str]:
    with Vault.open(place) as vault:
        return vault.names()


def test_a_backup_is_the_vault(vault: Vault, saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with Vault.open(saved, lambda: "hunter2") as copy:
        assert copy.get("holiday") == vault.get("holiday")
        assert copy.files("holiday") == vault.files("holiday")
        assert copy.sealed == vault.sealed


def test_a_backup_replaces_nothing(saved: Path, place: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(VaultError, match="saved exists already"):
        backup_vault(place, saved)
    assert saved.read_bytes() == before


def test_a_backup_while_another_writes(vault: Vault, place: Path, make: Make) -> None:
    vault.add(make())
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM vault_isotopes")
        backup_vault(place, place.parent / "saved")
        other.execute("ROLLBACK")
    assert names(place.parent / "saved") == ["holiday"]


def test_restored_to_a_new_place(saved: Path, tmp_path: Path, vault: Vault) -> None:
    new = tmp_path / "new" / "vault.sqlite"
    new.parent.mkdir()
    assert restore_vault(saved, new) is None
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    with Vault.open(new, lambda: "hunter2") as restored:
        assert restored.get("holiday") == vault.get("holiday")


def test_a_vault_is_not_replaced_by_accident(
    vault: Vault, saved: Path, place: Path, make: Make
) -> None:
    vault.add(make("later"))
    with pytest.raises(VaultError, match="there is a vault at .* already") as caught:
        restore_vault(saved, place)
    assert "--force replaces it and keeps a copy" in str(caught.value.hint)
    assert names(place) == ["holiday", "later"]


def test_a_forced_restore_keeps_what_it_replaces(
    vault: Vault, saved: Path, place: Path, make: Make
) -> None:
    vault.add(make("later"))
    aside = restore_vault(saved, place, force=True)
    assert aside is not None
    assert names(place) == ["holiday"]
    assert names(aside) == ["holiday", "later"]
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    vault.add(make("after"))  # a process that had it open goes on in the restored vault
    assert sorted(names(place)) == ["after", "holiday"]


def test_a_forced_restore_waits_for_a_writer(saved: Path, place: Path) -> None:
    with closing(sqlite3.connect(place, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO vault_meta VALUES ('late', 'write')")
        commit = threading.Timer(0.5, other.execute, ["COMMIT"])
        commit.start()
        aside = restore_vault(saved, place, force=True)
        commit.join()
    assert aside is not None
    with closing(sqlite3.connect(aside)) as copy:
        assert copy.execute("SELECT value FROM vault_meta WHERE key = 'late'").fetchall()


def test_nothing_is_written_between_setting_aside_and_replacing(
    saved: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def and_then_write(path: Path) -> Iterator[Path]:
        with private_file(path) as temporary:
            yield temporary
        with closing(sqlite3.connect(place, timeout=0)) as other:
            tried.append(path)
            with pytest.raises(sqlite3.OperationalError, match="database is locked"):
                other.execute("INSERT INTO vault_meta VALUES ('late', 'write')")

    tried: list[Path] = []
    monkeypatch.setattr("isotopes.vault.backup.private_file", and_then_write)
    assert restore_vault(saved, place, force=True) == tried[0]


def test_a_vault_is_not_restored_from_itself(saved: Path, place: Path) -> None:
    with pytest.raises(VaultError, match="can't be restored from itself"):
        restore_vault(place, place, force=True)
    assert names(place) == ["holiday"]


def test_a_damaged_backup_is_refused(saved: Path, place: Path, tmp_path: Path) -> None:
    content = bytearray(saved.read_bytes())
    middle = content.index(b"sha256:" + b"b" * 64)
    content[middle - 200 : middle] = b"\xff" * 200
    (tmp_path / "damaged").write_bytes(content)
    with pytest.raises(VaultError, match="damaged is damaged|damaged can't be used"):
        restore_vault(tmp_path / "damaged", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_with_files_of_no_isotope(saved: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(saved)) as connection, connection:
        connection.execute("DELETE FROM vault_isotopes")
    with pytest.raises(VaultError, match="saved is damaged: files of no isotope"):
        restore_vault(saved, tmp_path / "new")


def test_a_backup_of_another_version(saved: Path, place: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(saved)) as connection, connection:
        connection.execute("UPDATE vault_meta SET value = '4' WHERE key = 'schema_version'")
    with pytest.raises(VaultError, match="must have schema version 3, got 4"):
        restore_vault(saved, tmp_path / "new")
    with pytest.raises(VaultError, match="must have schema version 3, got 4"):
        restore_vault(place, saved, force=True)


def test_a_backup_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="there is no file .*gone"):
        restore_vault(tmp_path / "gone", tmp_path / "new")
