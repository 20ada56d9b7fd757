"""The vault in a real PostgreSQL server; what differs from a file."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from sqlalchemy import Connection, create_engine, text

from isotopes.errors import VaultError, WrongPassphrase
from isotopes.vault import (
    FileEntry,
    Isotope,
    Vault,
    backup_vault,
    export_isotopes,
    import_isotopes,
    restore_vault,
)
from isotopes.vault.storage.database import Database
from isotopes.vault.storage.location import locate

Make = Callable[..., Isotope]
ENTRY = FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)


def execute(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql", "postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_what_is_kept_comes_back(postgres: str, make: Make) -> None:
    isotope = make(alpha=0.1 + 0.2, label=None)
    with Vault.create(postgres, lambda: "hunter2") as vault:
        vault.add(isotope)
        vault.record_files("holiday", [ENTRY, ENTRY])
    with Vault.open(postgres, lambda: "hunter2") as vault:
        assert vault.get("holiday") == isotope
        assert vault.files("holiday") == [ENTRY]
        assert [(s.files, s.marked) for s in vault.summaries()] == [(1, 1)]
    with Vault.open(postgres, lambda: "wrong") as vault, pytest.raises(WrongPassphrase):
        vault.get("holiday")


def test_an_empty_database_holds_no_vault(postgres: str) -> None:
    assert not Vault.exists(postgres)
    with pytest.raises(VaultError, match="there is no vault at postgresql:///test_"):
        Vault.open(postgres)
    Vault.create(postgres).close()
    assert Vault.exists(postgres)
    with pytest.raises(VaultError, match="there is a vault at postgresql:///test_.* already"):
        Vault.create(postgres)


def test_an_unsealed_vault_says_who_can_read_it(postgres: str, make: Make) -> None:
    with Vault.create(postgres) as vault:
        assert "are not sealed: whoever reads that database has them" in str(vault.bare_keys)
        isotope = make()
        vault.add(isotope)
        vault.set_passphrase(lambda: "hunter2")
        assert vault.get("holiday") == isotope
    with Vault.open(postgres) as vault, pytest.raises(VaultError, match="need the passphrase"):
        vault.get("holiday")


def test_another_version_is_never_written_to(postgres: str, make: Make) -> None:
    with Vault.create(postgres) as vault:
        execute(postgres, "UPDATE vault_meta SET value = '4' WHERE key = 'schema_version'")
        with pytest.raises(VaultError, match="must have schema version 3, got 4"):
            vault.add(make())
    with pytest.raises(VaultError, match="must have schema version 3, got 4"):
        Vault.open(postgres)


def test_a_write_waits_for_the_disk_whatever_the_server_is_set_to(postgres: str) -> None:
    Vault.create(postgres).close()
    database = postgres.partition("?")[0].rpartition("/")[2]
    shown = text("SHOW synchronous_commit")
    for setting, in_a_write in (("off", "on"), ("remote_apply", "remote_apply")):
        execute(postgres, f"ALTER DATABASE {database} SET synchronous_commit = {setting}")
        with Database(locate(postgres)) as opened:
            with opened.writing() as connection:
                assert connection.scalar(shown) == in_a_write
            with opened.reading() as connection:
                assert connection.scalar(shown) == setting


def test_an_altered_term_is_noticed(postgres: str, make: Make) -> None:
    with Vault.create(postgres) as vault:
        vault.add(make())
        execute(postgres, "UPDATE vault_isotopes SET alpha = 0.9")
        with pytest.raises(VaultError, match="does not match its commitment"):
            vault.get("holiday")


def test_from_a_file_into_the_server(postgres: str, vault: Vault, make: Make) -> None:
    vault.add(make())
    vault.record_files("holiday", [ENTRY])
    exported = export_isotopes(vault, "way")
    with Vault.create(postgres, lambda: "theirs") as server:
        assert import_isotopes(server, exported, lambda: "way") == ["holiday"]
        assert import_isotopes(server, exported, lambda: "way") == []
        assert server.get("holiday") == vault.get("holiday")
        assert server.files("holiday") == [ENTRY]


@pytest.fixture
def filled(postgres: str, make: Make) -> str:
    """A sealed vault with rows in all of its tables, more than a batch of them."""
    with Vault.create(postgres, lambda: "hunter2") as vault:
        label = "back\\slash \\N ünï"
        vault.merge([(make(f"u{at:03}", label=label), [ENTRY]) for at in range(250)])
        vault.keep_stamp("sha256:" + "e" * 64, b"\0token", "https://stamps.example")
    return postgres


def content(where: str | Path) -> list[object]:
    with Vault.open(where, lambda: "hunter2") as vault:
        stamps = vault.stamps("sha256:" + "e" * 64)
        return [*map(vault.get, sorted(vault.names())), sorted(vault.known_pictures()), stamps]


def test_a_backup_goes_into_a_file_and_back_into_a_server(
    filled: str, postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isotopes.vault.storage.copying.BATCH", 101)
    expected, saved = content(filled), tmp_path / "saved"
    backup_vault(filled, saved)
    assert saved.stat().st_mode & 0o777 == 0o600
    assert content(saved) == expected
    other = postgres_server.new_database()
    assert restore_vault(saved, other) is None
    assert content(other) == expected
    assert restore_vault(saved, tmp_path / "file") is None
    assert content(tmp_path / "file") == expected


def test_a_backup_is_one_state_though_others_write(
    filled: str, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isotopes.vault import backup
    from isotopes.vault.storage.copying import copy_rows

    def and_write(source: Connection, target: Connection) -> None:
        source.execute(text("SELECT 1 FROM vault_meta"))  # the snapshot begins here
        with Vault.open(filled, lambda: "hunter2") as other:
            other.add(make("late"))
            other.record_files("late", [ENTRY])
        copy_rows(source, target)

    expected = content(filled)
    monkeypatch.setattr(backup, "copy_rows", and_write)
    backup_vault(filled, tmp_path / "saved")
    assert content(tmp_path / "saved") == expected


def test_a_forced_restore_keeps_what_it_replaces(filled: str, tmp_path: Path, make: Make) -> None:
    saved = tmp_path / "saved"
    backup_vault(filled, saved)
    with Vault.open(filled, lambda: "hunter2") as vault:
        vault.add(make("late"))
        with pytest.raises(VaultError, match="there is a vault at .* already"):
            restore_vault(saved, filled)
        before = content(filled)
        aside = restore_vault(saved, filled, force=True)
        assert aside is not None
        assert content(aside) == before
        assert content(filled) == content(saved)
        vault.add(make("after"))  # a process that had it open goes on in the restored vault


def test_a_failed_restore_leaves_the_server_as_it_was(
    filled: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"
    backup_vault(filled, saved)
    with closing(sqlite3.connect(saved)) as file, file:
        file.execute("UPDATE vault_isotopes SET plan = 'no JSON' WHERE name = 'u200'")
    expected, empty = content(filled), postgres_server.new_database()
    with pytest.raises(VaultError, match="holds what no vault does"):
        restore_vault(saved, filled, force=True)
    assert content(filled) == expected
    with pytest.raises(VaultError, match="holds what no vault does"):
        restore_vault(saved, empty)
    assert not Vault.exists(empty)


def test_a_server_that_is_not_there(tmp_path: object) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql://ann:hunter2@/x?host={tmp_path}"
    with pytest.raises(VaultError, match="can't be used") as caught:
        Vault.open(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
