"""The vault in a real PostgreSQL server; what differs from a file."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text

from isotopes.errors import VaultError, WrongPassphrase
from isotopes.vault import FileEntry, Isotope, Vault, export_isotopes, import_isotopes
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


def test_a_server_that_is_not_there(tmp_path: object) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql://ann:hunter2@/x?host={tmp_path}"
    with pytest.raises(VaultError, match="can't be used") as caught:
        Vault.open(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
