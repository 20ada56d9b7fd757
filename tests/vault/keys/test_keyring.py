"""Nothing is taken to be allowed because something is missing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from isotopes.errors import IsotopesError, VaultError
from isotopes.vault import Isotope, Vault, backup_vault, restore_vault

Make = Callable[..., Isotope]


def change(place: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(statement, values)


@pytest.fixture
def sealed(place: Path, make: Make) -> Path:
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(make())
    return place


@pytest.mark.parametrize("row", ["sealing", "vault_id", "created"])
def test_a_missing_row_opens_nothing(sealed: Path, tmp_path: Path, row: str) -> None:
    backup_vault(sealed, tmp_path / "good")
    change(sealed, "DELETE FROM vault_meta WHERE key = ?", row)
    before = sealed.read_bytes()
    for act in (
        lambda: Vault.open(sealed, lambda: "hunter2"),
        lambda: Vault.open(sealed),
        lambda: backup_vault(sealed, tmp_path / "bad"),
        lambda: restore_vault(sealed, tmp_path / "new"),
        lambda: restore_vault(tmp_path / "good", sealed, force=True),
    ):
        with pytest.raises(VaultError, match=f"was altered: its '{row}' is missing"):
            act()
    assert sealed.read_bytes() == before
    assert not (tmp_path / "bad").exists()
    assert not (tmp_path / "new").exists()


def test_a_vault_that_claims_to_be_bare_takes_no_key(sealed: Path, make: Make) -> None:
    change(sealed, "UPDATE vault_meta SET value = 'none' WHERE key = 'sealing'")
    with (
        Vault.open(sealed, lambda: "hunter2") as vault,
        pytest.raises(VaultError, match="a passphrase was given, but the keys in .* not sealed"),
    ):
        vault.add(make("second"))
    with (
        Vault.open(sealed) as vault,
        pytest.raises(VaultError, match="says that its keys are not sealed, but that of 'holiday'"),
    ):
        vault.add(make("second"))
    with Vault.open(sealed) as vault:
        assert vault.names() == ["holiday"]


def test_what_is_sealed_is_not_sealed_again(sealed: Path) -> None:
    change(sealed, "UPDATE vault_meta SET value = 'none' WHERE key = 'sealing'")
    before = sealed.read_bytes()
    with Vault.open(sealed) as vault, pytest.raises(VaultError, match="the vault was altered"):
        vault.set_passphrase(lambda: "new")
    assert sealed.read_bytes() == before


@pytest.mark.parametrize("passphrase", [None, "hunter2"])
@pytest.mark.parametrize("column", ["alpha = 0.9", "secret = x'00'", "plan = '{}'"])
def test_a_new_passphrase_is_not_put_on_damaged_keys(
    place: Path, make: Make, passphrase: str | None, column: str
) -> None:
    ask = None if passphrase is None else lambda: "hunter2"
    with Vault.create(place, ask) as vault:
        vault.add(make())
        vault.add(make("second"))
        change(place, f"UPDATE vault_isotopes SET {column} WHERE name = 'second'")
        before = place.read_bytes()
        with pytest.raises(VaultError, match="altered"):
            vault.set_passphrase(lambda: "new")
    assert place.read_bytes() == before


@pytest.mark.parametrize(
    "sealing", ["", "{", "[]", "null", "{}", '"none"', "None", "NONE", " none"]
)
def test_what_says_nothing_about_sealing(sealed: Path, make: Make, sealing: str) -> None:
    change(sealed, "UPDATE vault_meta SET value = ? WHERE key = 'sealing'", sealing)
    for ask in (None, lambda: "hunter2"):
        with Vault.open(sealed, ask) as vault:
            for act in (lambda v: v.get("holiday"), lambda v: v.add(make("second"))):
                with pytest.raises(VaultError, match=r"damaged|need the passphrase"):
                    act(vault)
            assert vault.names() == ["holiday"]


def test_a_bare_vault_takes_keys_where_nobody_gave_a_passphrase(place: Path, make: Make) -> None:
    with Vault.create(place) as vault:
        vault.add(make())
    with Vault.open(place) as vault:
        vault.add(make("second"))
        assert vault.names() == ["holiday", "second"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER spy AFTER INSERT ON vault_isotopes BEGIN SELECT 1; END",
        "CREATE TRIGGER bare AFTER UPDATE ON vault_meta BEGIN DELETE FROM vault_meta; END",
        "CREATE VIEW seen AS SELECT * FROM vault_isotopes",
        "CREATE TABLE copies (secret)",
        "CREATE INDEX quick ON vault_files (pixels)",
    ],
)
def test_a_vault_that_holds_more_than_a_vault(sealed: Path, tmp_path: Path, statement: str) -> None:
    backup_vault(sealed, tmp_path / "saved")
    change(tmp_path / "saved", statement)
    kind = statement.split()[1].lower()
    with pytest.raises(VaultError, match=f"holds a {kind} that isotopes doesn't make"):
        restore_vault(tmp_path / "saved", sealed, force=True)
    with pytest.raises(VaultError, match=f"holds a {kind} that isotopes doesn't make"):
        restore_vault(tmp_path / "saved", tmp_path / "new")
    with pytest.raises(VaultError, match=f"holds a {kind} that isotopes doesn't make"):
        Vault.open(tmp_path / "saved")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (0o600, None),
        (0o400, None),
        (0o640, "may read "),
        (0o604, "may read "),
        (0o660, "may read and change "),
        (0o666, "may read and change "),
    ],
)
def test_others_who_can_read_it_are_told(sealed: Path, mode: int, told: str | None) -> None:
    sealed.chmod(mode)
    with Vault.open(sealed) as vault:
        if told is None:
            assert vault.exposure is None
        else:
            assert told in str(vault.exposure)
            assert f"{mode:04o}" in str(vault.exposure)


def test_another_name(vault: Vault, make: Make) -> None:
    isotope = make()
    vault.add(isotope)
    vault.add(make("second"))
    vault.rename("holiday", "summer")
    assert sorted(vault.names()) == ["second", "summer"]
    assert vault.get("summer").commitment == isotope.commitment
    with pytest.raises(IsotopesError, match="another isotope in this vault is called 'second'"):
        vault.rename("summer", "second")
    with pytest.raises(IsotopesError, match="no isotope is called 'holiday'"):
        vault.rename("holiday", "x")
    with pytest.raises(IsotopesError, match="printable"):
        vault.rename("summer", "a\nb")


def test_a_renamed_sealed_key_is_bound_to_its_new_name(place: Path, make: Make) -> None:
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(make())
        vault.rename("holiday", "summer")
        change(place, "UPDATE vault_isotopes SET name = 'holiday'")
        with pytest.raises(VaultError, match="moved here from another isotope"):
            vault.get("holiday")


def test_a_sealing_is_json_of_one_kind(sealed: Path) -> None:
    with closing(sqlite3.connect(sealed)) as connection:
        (value,) = connection.execute(
            "SELECT value FROM vault_meta WHERE key = 'sealing'"
        ).fetchone()
    assert json.loads(value)["method"] == "scrypt+chacha20-poly1305"
