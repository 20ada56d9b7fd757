"""A vault of each earlier version becomes one of this version, in a file and in PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import isotopes
from sqlalchemy import Engine, create_engine, inspect, text

from isotopes.errors import VaultError
from isotopes.vault import FileEntry, Vault
from isotopes.vault.storage import upgrading
from isotopes.vault.storage.location import locate
from isotopes.vault.storage.schema import SCHEMA_VERSION, UPGRADABLE, metadata
from isotopes.vault.storage.upgrading import STEPS, upgrade_vault

ENTRIES = [
    FileEntry(
        *("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True),
        *("sha256:" + "c" * 64, "0a0b", "2026-11-27T10:00:00Z", ""),
    ),
    FileEntry("b.jpg", "sha256:" + "d" * 64, "sha256:" + "d" * 64, False),
]
Old = Callable[[str], str]


@pytest.fixture(params=["file", "postgres"])
def old(request: pytest.FixtureRequest, place: Path) -> Old:
    """Makes the stored vault of a version, and says where it is."""

    def make(version: str) -> str:
        content = (Path(__file__).parent / f"vault_v{version}.sql").read_text()
        if request.param == "file":
            with closing(sqlite3.connect(place)) as connection:
                connection.executescript(content)
            place.chmod(0o600)
            return str(place)
        content = re.sub(r"X'([0-9A-F]*)'", r"'\\x\1'", content.replace("BLOB", "BYTEA"))
        where = str(request.getfixturevalue("postgres"))
        engine = create_engine(locate(where).url)
        with engine.begin() as connection:
            connection.exec_driver_sql(content.replace("FLOAT", "FLOAT(53)"))
        engine.dispose()
        return where

    return make


@pytest.mark.parametrize("version", UPGRADABLE)
def test_what_an_earlier_version_kept_is_kept(old: Old, version: str) -> None:
    where = old(version)
    with pytest.raises(VaultError, match=f"schema version {SCHEMA_VERSION}, got {version}") as told:
        Vault.open(where)
    assert "`isotopes vault upgrade` brings it up to date" in str(told.value.hint)
    done = upgrade_vault(locate(where))
    assert (done.before, done.after) == (version, str(SCHEMA_VERSION))
    with Vault.open(where, lambda: "hunter2") as vault:
        assert sorted(vault.names()) == ["ann", "holiday"]
        assert [vault.get(name).root.rstrip(b"\0") for name in vault.names()] == [
            name.encode() for name in vault.names()
        ]
        assert vault.files("holiday") == ENTRIES
        assert vault.stamps("sha256:" + "e" * 64) == [(b"\0token", "https://stamps.example")]
        vault.rename("holiday", "summer")  # keys refer to each other as they should
        assert vault.files("summer") == ENTRIES
    again = upgrade_vault(locate(where))
    assert (again.before, again.after, again.aside) == (*[str(SCHEMA_VERSION)] * 2, None)


@pytest.mark.parametrize("version", UPGRADABLE)
def test_an_upgraded_vault_has_the_tables_of_a_new_one(old: Old, version: str) -> None:
    where = old(version)
    upgrade_vault(locate(where))
    engine = create_engine(locate(where).url)
    upgraded = described(engine)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert upgraded == described(engine)
    engine.dispose()


def described(engine: Engine) -> dict[str, Any]:
    found = inspect(engine)
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"])
                for c in found.get_columns(table)
            ],
            "key": found.get_pk_constraint(table)["constrained_columns"],
            "unique": [u["column_names"] for u in found.get_unique_constraints(table)],
            "foreign": [
                (f["constrained_columns"], f["referred_table"], f["options"])
                for f in found.get_foreign_keys(table)
            ],
        }
        for table in found.get_table_names()
    }


@pytest.mark.parametrize("version", UPGRADABLE)
def test_a_failed_upgrade_changes_nothing(
    old: Old, version: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = old(version)
    before = place.read_bytes() if place.exists() else b""
    monkeypatch.setattr(upgrading, "_run_steps", and_then_fail(upgrading._run_steps))
    with pytest.raises(VaultError, match="can't be used"):
        upgrade_vault(locate(where))
    if before:
        assert place.read_bytes() == before
    monkeypatch.undo()
    assert upgrade_vault(locate(where)).before == version


def and_then_fail(run: Callable[..., None]) -> Callable[..., None]:
    def run_and_fail(connection: Any, before: str) -> None:
        run(connection, before)
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    return run_and_fail


@pytest.mark.parametrize("old", ["file"], indirect=True)
def test_the_file_as_it_was_is_kept(old: Old, place: Path) -> None:
    old("2")
    before = place.read_bytes()
    shown = isotopes("vault", "upgrade", "--vault", str(place))
    assert f"upgraded {place} from version 2 to {SCHEMA_VERSION}" in shown.err
    (aside,) = place.parent.glob("vault.sqlite.replaced-*")
    assert str(aside) in shown.err
    assert aside.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(aside)) as copy, closing(sqlite3.connect(":memory:")) as known:
        known.deserialize(before)
        assert list(copy.iterdump()) == list(known.iterdump())
    again = isotopes("vault", "upgrade", "--vault", str(place))
    assert f"has version {SCHEMA_VERSION} already" in again.err


def test_each_version_has_a_step_and_a_stored_vault() -> None:
    steps = {path.stem.removeprefix("v") for path in STEPS.glob("v*.py")}
    stored = {path.stem for path in Path(__file__).parent.glob("vault_v*.sql")}
    assert steps == {*UPGRADABLE, str(SCHEMA_VERSION)}
    assert stored == {f"vault_v{version}" for version in UPGRADABLE}
