from __future__ import annotations

import errno
import os
import sqlite3
import stat
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import VaultError, WrongPassphrase
from isotopes.marks import get_family
from isotopes.vault import FileEntry, Isotope, Vault, locate, new_isotope

Make = Callable[..., Isotope]
ENTRY = FileEntry("a/b.jpg", "sha256:" + "b" * 64, "sha256:" + "a" * 64, True)

printable = st.text(st.characters(codec="utf-8")).filter(str.isprintable)


def never() -> str:
    raise AssertionError("the passphrase was asked for")


def change(place: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(statement, values)


def test_what_is_kept_comes_back(vault: Vault, place: Path, make: Make) -> None:
    isotope = make()
    vault.add(isotope)
    assert vault.get("holiday") == isotope
    with Vault.open(place, lambda: "hunter2") as again:
        assert again.get("holiday") == isotope
        assert again.sealed == vault.sealed


@settings(max_examples=30, deadline=None)  # each sealing stretches a passphrase
@given(
    name=st.text("abcé /-", min_size=1, max_size=20).filter(
        lambda t: t == t.strip() and t[0] != "-"
    ),
    alpha=st.floats(0, 1, exclude_min=True),
    label=st.none() | printable,
    decoys=st.integers(0, 5000),
    plan=st.dictionaries(printable, st.floats(allow_nan=False, allow_infinity=False) | printable),
    source=st.text(),
    sealed=st.booleans(),
)
def test_any_isotope_comes_back(name: str, sealed: bool, **terms: Any) -> None:
    isotope = new_isotope(name, get_family("gratings"), terms.pop("alpha"), **terms)
    with TemporaryDirectory() as folder:
        passphrase = (lambda: "x") if sealed else None
        with Vault.create(Path(folder) / "v", passphrase) as vault:
            vault.add(isotope)
        with Vault.open(Path(folder) / "v", passphrase) as vault:
            assert vault.get(name) == isotope


def test_a_sealed_vault_holds_no_bare_key(place: Path, make: Make) -> None:
    isotope = make()
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(isotope)
    stored = place.read_bytes()
    for secret in (isotope.root, isotope.salt):
        assert secret not in stored
        assert secret.hex().encode() not in stored
    assert b"hunter2" not in stored


def test_an_unsealed_vault_warns_and_can_be_sealed_later(place: Path, make: Make) -> None:
    isotope = make()
    with Vault.create(place) as vault:
        assert str(vault.bare_keys) == (
            f"the keys in {place} are not sealed: whoever reads that file has them"
        )
        vault.add(isotope)
        assert isotope.root in place.read_bytes()
        vault.set_passphrase(lambda: "hunter2")
        assert vault.bare_keys is None
        assert isotope.root not in place.read_bytes()
        assert vault.get("holiday") == isotope
    with Vault.open(place, lambda: "hunter2") as vault:
        assert vault.get("holiday") == isotope


def test_a_changed_passphrase(place: Path, make: Make) -> None:
    with Vault.create(place, lambda: "old") as vault:
        vault.add(make())
    with Vault.open(place, lambda: "old") as vault:
        vault.set_passphrase(lambda: "new")
        vault.add(make("second"))
    with Vault.open(place, lambda: "new") as vault:
        assert [vault.get(name).name for name in vault.names()] == ["holiday", "second"]
    with Vault.open(place, lambda: "old") as vault, pytest.raises(WrongPassphrase):
        vault.get("holiday")


def test_a_changed_passphrase_needs_the_old_one_first(place: Path) -> None:
    Vault.create(place, lambda: "old").close()
    with Vault.open(place, lambda: "wrong") as vault, pytest.raises(WrongPassphrase):
        vault.set_passphrase(never)


def test_a_wrong_passphrase_changes_nothing(place: Path, make: Make) -> None:
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(make())
    before = place.read_bytes()
    with Vault.open(place, lambda: "wrong") as vault:
        with pytest.raises(WrongPassphrase, match="not the one that these keys were sealed with"):
            vault.get("holiday")
        with pytest.raises(WrongPassphrase):
            vault.add(make("second"))
    assert place.read_bytes() == before


def test_a_sealed_vault_without_any_passphrase(place: Path, make: Make) -> None:
    Vault.create(place, lambda: "hunter2").close()
    with (
        Vault.open(place) as vault,
        pytest.raises(VaultError, match="are sealed and need the passphrase, got none"),
    ):
        vault.add(make())


def test_an_empty_passphrase_makes_no_vault(place: Path) -> None:
    with pytest.raises(VaultError, match="a passphrase must not be empty"):
        Vault.create(place, lambda: "")
    assert list(place.parent.iterdir()) == []


def test_looking_needs_no_passphrase(place: Path, make: Make) -> None:
    isotope = make(source="/home/ann/pictures")
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(isotope)
        vault.record_files(
            "holiday",
            [ENTRY, FileEntry("c.jpg", "sha256:" + "c" * 64, "sha256:" + "c" * 64, False)],
        )
    with Vault.open(place, never) as vault:
        (summary,) = vault.summaries()
        assert vault.summary("holiday") == summary
        assert vault.names() == ["holiday"]
        assert vault.files("holiday")[0] == ENTRY
        vault.record_files("holiday", [ENTRY])
    shown = summary.to_dict()
    assert (shown["files"], shown["marked"]) == (2, 1)
    assert {name: shown[name] for name in ("name", "label", "alpha", "plan", "source")} == {
        "name": "holiday",
        "label": "tabby",
        "alpha": 0.375,
        "plan": isotope.plan,
        "source": "/home/ann/pictures",
    }
    assert shown["commitment"] == isotope.commitment
    assert not {"root", "salt", "secret"} & shown.keys()


def test_isotopes_without_files_are_listed(vault: Vault, make: Make) -> None:
    vault.add(make())
    assert [(s.files, s.marked) for s in vault.summaries()] == [(0, 0)]


def test_files_are_noted_once_and_never_replaced(vault: Vault, make: Make) -> None:
    vault.add(make())
    retouched = FileEntry(ENTRY.name, "sha256:" + "c" * 64, "sha256:" + "a" * 64, False)
    vault.record_files("holiday", [ENTRY, ENTRY])
    vault.record_files("holiday", [retouched, ENTRY])
    assert vault.files("holiday") == [ENTRY, retouched]


def test_many_files_in_one_go(vault: Vault, make: Make) -> None:
    vault.add(make())
    many = [
        FileEntry(f"{i:05}.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, i % 3 == 0)
        for i in range(2500)
    ]
    vault.record_files("holiday", iter(many))
    assert vault.files("holiday") == many


def test_files_are_all_noted_or_none(vault: Vault, make: Make) -> None:
    def failing() -> Any:
        yield from (
            FileEntry(f"{i}.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)
            for i in range(1500)
        )
        raise KeyboardInterrupt

    vault.add(make())
    with pytest.raises(KeyboardInterrupt):
        vault.record_files("holiday", failing())
    assert vault.files("holiday") == []


def test_a_file_name_that_is_not_unicode(vault: Vault, make: Make) -> None:
    vault.add(make())
    vault.record_files(
        "holiday", [FileEntry("caf\udce9.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)]
    )
    assert [entry.name for entry in vault.files("holiday")] == ["caf\\udce9.jpg"]


def test_unknown_names(vault: Vault) -> None:
    for asked in (vault.get, vault.files, vault.summary, lambda n: vault.record_files(n, [])):
        with pytest.raises(VaultError, match="no isotope is called 'nobody' in "):
            asked("nobody")


def test_a_name_is_used_once(vault: Vault, make: Make) -> None:
    isotope = make()
    vault.add(isotope)
    with pytest.raises(VaultError, match="another isotope in this vault is called 'holiday'"):
        vault.add(make())
    with pytest.raises(VaultError, match="isotope 'holiday' is in this vault already"):
        vault.add(isotope)
    assert vault.get("holiday") == isotope


def test_an_isotope_has_one_name(vault: Vault, make: Make) -> None:
    isotope = make()
    vault.add(isotope)
    renamed = replace(isotope, name="other")
    with pytest.raises(VaultError, match="isotope 'other' is in this vault already"):
        vault.add(renamed)
    assert vault.merge([(renamed, [ENTRY])]) == []
    assert vault.names() == ["holiday"]
    assert vault.files("holiday") == [ENTRY]


def test_an_isotope_that_does_not_fit_its_commitment(vault: Vault, make: Make) -> None:
    doctored = replace(make(), alpha=0.9)
    with pytest.raises(VaultError, match="the commitment of isotope 'holiday' is not that of its"):
        vault.add(doctored)
    assert vault.names() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("family", "gratings"),
        ("family_version", 2),
        ("options", '{"pool": "x"}'),
        ("alpha", 0.9),
        ("label", "tiger"),
        ("label", None),
        ("decoys", 19),
        ("plan", "{}"),
        ("created", "2020-01-01T00:00:00Z"),
    ],
)
def test_an_altered_term_is_noticed(
    vault: Vault, place: Path, make: Make, column: str, value: object
) -> None:
    vault.add(make())
    change(place, f"UPDATE vault_isotopes SET {column} = ?", value)
    with pytest.raises(VaultError, match="does not match its commitment: the vault was altered"):
        vault.get("holiday")


@pytest.mark.parametrize(
    "statement",
    ["name = 'other'", f"commitment = 'sha256:{0:064}'", "secret = x'00'"],
)
def test_a_sealed_key_is_bound_to_its_isotope(place: Path, make: Make, statement: str) -> None:
    with Vault.create(place, lambda: "hunter2") as vault:
        vault.add(make())
        change(place, f"UPDATE vault_isotopes SET {statement}")
        with pytest.raises(VaultError, match="a sealed key was altered, or moved here"):
            vault.get(vault.names()[0])


def test_a_key_cut_short_in_an_unsealed_vault(place: Path, make: Make) -> None:
    with Vault.create(place) as vault:
        vault.add(make())
        change(place, "UPDATE vault_isotopes SET secret = x'00'")
        with pytest.raises(VaultError, match="does not match its commitment"):
            vault.get("holiday")


def test_only_the_owner_can_read_it(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "new"
    monkeypatch.setattr("isotopes.vault.storage.private_file.user_data_path", lambda _: usual)
    before = os.umask(0)
    try:
        with Vault.create(tmp_path / "new" / "vault.sqlite") as vault:
            vault.add(make())
            modes = [stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new").iterdir()]
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_the_journal_of_a_write_is_private_too(place: Path, make: Make) -> None:
    def entries() -> Any:
        yield from (
            FileEntry(f"{i}.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)
            for i in range(1000)
        )
        journals.extend(stat.S_IMODE(p.stat().st_mode) for p in place.parent.glob("*-journal"))

    journals: list[int] = []
    with Vault.create(place) as vault:
        vault.add(make())
        before = os.umask(0)
        try:
            vault.record_files("holiday", entries())
        finally:
            os.umask(before)
    assert journals == [0o600]
    assert [p.name for p in place.parent.iterdir()] == ["vault.sqlite"]


def test_a_vault_is_never_made_over_something(place: Path) -> None:
    place.write_text("my novel")
    with pytest.raises(VaultError, match=r"vault\.sqlite exists already"):
        Vault.create(place)
    assert place.read_text() == "my novel"
    assert [p.name for p in place.parent.iterdir()] == ["vault.sqlite"]


def test_there_is_no_vault(place: Path) -> None:
    assert not Vault.exists(place)
    with pytest.raises(VaultError, match="there is no vault at"):
        Vault.open(place)
    assert list(place.parent.iterdir()) == []


def test_a_folder_that_may_not_be_looked_into(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root nothing is closed, so the system's answer is put in its place."""

    def closed(path: Path, **_: bool) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "stat", closed)
    for look in (Vault.exists, Vault.open):
        with pytest.raises(VaultError, match=r"vault\.sqlite can't be reached: Permission denied"):
            look(place)


@pytest.mark.parametrize("content", [b"", b"my novel, chapter one " * 100])
def test_other_files_are_left_alone(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    with pytest.raises(VaultError, match=r"vault\.sqlite is not a vault"):
        Vault.open(place)
    assert place.read_bytes() == content


@pytest.mark.parametrize("version", ["1", "4", "0", "next"])
def test_another_version_is_never_written_to(place: Path, make: Make, version: str) -> None:
    with Vault.create(place) as vault:
        vault.add(make())
        change(place, "UPDATE vault_meta SET value = ? WHERE key = 'schema_version'", version)
        before = place.read_bytes()
        with pytest.raises(VaultError, match=f"must have schema version 3, got {version}"):
            vault.add(make("second"))
    with pytest.raises(VaultError, match=f"must have schema version 3, got {version}") as caught:
        Vault.open(place)
    assert "use the release that wrote the vault" in str(caught.value.hint)
    assert place.read_bytes() == before
    assert [p.name for p in place.parent.iterdir()] == ["vault.sqlite"]


def test_another_versions_broken_off_write_is_left_to_it(place: Path) -> None:
    # Opening the file in SQLite, even to read, would roll the journal back.
    Vault.create(place).close()
    change(place, "UPDATE vault_meta SET value = '4' WHERE key = 'schema_version'")
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE novel (text)")
        connection.executemany("INSERT INTO novel VALUES (?)", [("x" * 4000,)] * 50)
        journal = place.with_name("vault.sqlite-journal")
        before = {path: path.read_bytes() for path in (place, journal)}
        copy = place.parent / "copy"
        copy.mkdir()
        for path, content in before.items():
            (copy / path.name).write_bytes(content)
    with pytest.raises(VaultError, match="must have schema version 3, got 4"):
        Vault.open(copy / place.name)
    assert {p.name: p.read_bytes() for p in copy.iterdir()} == {
        path.name: content for path, content in before.items()
    }


def test_keys_are_not_written_under_an_old_sealing(place: Path, make: Make) -> None:
    with Vault.create(place) as slow:
        slow.add(make())
        with Vault.open(place) as other:
            other.set_passphrase(lambda: "hunter2")
        with pytest.raises(VaultError, match="another process has sealed anew or restored"):
            slow.add(make("second"))
        with pytest.raises(VaultError, match="another process has sealed anew or restored"):
            slow.get("holiday")
        slow.record_files("holiday", [ENTRY])
        assert slow.files("holiday") == [ENTRY]


def test_a_failing_database_does_not_tell_keys(place: Path, make: Make) -> None:
    isotope = make()
    with Vault.create(place) as vault:
        change(
            place,
            "CREATE TRIGGER broken BEFORE INSERT ON vault_isotopes"
            " BEGIN SELECT RAISE(ABORT, 'disk on fire'); END",
        )
        with pytest.raises(VaultError, match="can't be used: disk on fire") as caught:
            vault.add(isotope)
    told = "".join(traceback.format_exception(caught.value))
    assert repr(isotope.root)[2:20] not in told
    assert isotope.root.hex() not in told
    assert "tabby" not in told


def test_a_vault_that_is_busy_too_long(
    place: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isotopes.vault.storage.engine.BUSY_SECONDS", 0.1)
    with (
        Vault.create(place) as vault,
        closing(sqlite3.connect(place, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(VaultError, match="can't be used: database is locked") as caught:
            vault.add(make())
        assert "another process has been writing" in str(caught.value.hint)


def test_where_the_vault_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert str(locate()).endswith("vault.sqlite")
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "mine"))
    assert locate().path == tmp_path / "mine"
    assert locate(tmp_path / "given").path == tmp_path / "given"
    monkeypatch.chdir(tmp_path)
    assert locate("plain").path == tmp_path / "plain"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_location_never_shows_its_password(scheme: str) -> None:
    location = locate(f"{scheme}://ann:hunter2@db.example:5432/isotopes?password=hunter2")
    assert str(location) == "postgresql://db.example/isotopes"
    assert "hunter2" not in repr(location)
    assert location.path is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mysql://ann:hunter2@db/x", "a postgresql:// URL, got one that starts with mysql://"),
        ("postgresql://ann:hunter2@db:port/x", "the vault's URL is malformed"),
    ],
)
def test_other_urls(text: str, told: str) -> None:
    with pytest.raises(VaultError, match=told) as caught:
        locate(text)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
