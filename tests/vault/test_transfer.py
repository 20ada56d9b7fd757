from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from isotopes.errors import VaultError, WrongPassphrase
from isotopes.vault import FileEntry, Isotope, Vault, export_isotopes, import_isotopes

Make = Callable[..., Isotope]
ENTRY = FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)
LATER = FileEntry("b.jpg", "sha256:" + "c" * 64, "sha256:" + "c" * 64, False)


@pytest.fixture
def filled(vault: Vault, make: Make) -> Vault:
    vault.add(make("holiday"))
    vault.add(make("garden"))
    vault.record_files("holiday", [ENTRY])
    return vault


@pytest.fixture
def other(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "other.sqlite", lambda: "theirs")


def test_isotopes_move_between_vaults(filled: Vault, other: Vault) -> None:
    exported = export_isotopes(filled, "way", [])
    with other:
        assert sorted(import_isotopes(other, exported, lambda: "way")) == ["garden", "holiday"]
        for name in ("garden", "holiday"):
            assert other.get(name) == filled.get(name)
        assert other.files("holiday") == [ENTRY]


def test_a_second_import_changes_nothing(filled: Vault, other: Vault) -> None:
    exported = export_isotopes(filled, "way")
    with other:
        import_isotopes(other, exported, lambda: "way")
        before = other.summaries()
        assert import_isotopes(other, exported, lambda: "way") == []
        assert other.summaries() == before


def test_files_are_merged(filled: Vault, other: Vault) -> None:
    with other:
        import_isotopes(other, export_isotopes(filled, "way"), lambda: "way")
        filled.record_files("holiday", [LATER])
        import_isotopes(other, export_isotopes(filled, "way"), lambda: "way")
        assert other.files("holiday") == [ENTRY, LATER]


def test_one_isotope_alone(filled: Vault, other: Vault) -> None:
    with other:
        import_isotopes(other, export_isotopes(filled, "way", ["garden"]), lambda: "way")
        assert other.names() == ["garden"]


def test_another_isotope_of_the_same_name_stops_all(
    filled: Vault, other: Vault, make: Make
) -> None:
    with other:
        other.add(make("holiday"))
        with pytest.raises(VaultError, match="another isotope in this vault is called 'holiday'"):
            import_isotopes(other, export_isotopes(filled, "way"), lambda: "way")
        assert other.names() == ["holiday"]


def test_an_export_shows_nothing(filled: Vault) -> None:
    exported = export_isotopes(filled, "way")
    isotope = filled.get("holiday")
    for hidden in ("holiday", "tabby", "dead_leaves", isotope.commitment, "a.jpg", "way"):
        assert hidden.encode() not in exported
    for secret in (isotope.root, isotope.salt):
        assert secret.hex().encode() not in exported
        assert secret not in exported


def test_unknown_isotopes_are_not_exported(filled: Vault) -> None:
    with pytest.raises(VaultError, match="no isotope is called 'nobody'"):
        export_isotopes(filled, "way", ["holiday", "nobody"])


def test_the_passphrase_of_the_way(filled: Vault, other: Vault) -> None:
    exported = export_isotopes(filled, "way")
    with other, pytest.raises(WrongPassphrase):
        import_isotopes(other, exported, lambda: "lost")
    with pytest.raises(VaultError, match="must not be empty"):
        export_isotopes(filled, "")


def test_an_altered_export_is_refused(filled: Vault, other: Vault) -> None:
    found = json.loads(export_isotopes(filled, "way"))
    sealed = bytearray.fromhex(found["isotopes"])
    sealed[100] ^= 1
    altered = json.dumps({**found, "isotopes": sealed.hex()}).encode()
    with other, pytest.raises(VaultError, match="a sealed key was altered"):
        import_isotopes(other, altered, lambda: "way")


@pytest.mark.parametrize(
    ("exported", "told"),
    [
        (b"{", "this is no export of a vault"),
        (b"\xff", "this is no export of a vault"),
        (b"[]", "its format must be isotopes-export/2"),
        (b'{"format": "isotopes-export/1"}', "its format must be isotopes-export/2"),
        (b'{"format": "isotopes-export/2"}', "this export of a vault is damaged"),
        (b'{"format": "isotopes-export/2", "sealing": 1, "isotopes": "x"}', "is damaged"),
    ],
)
def test_what_is_no_export(other: Vault, exported: bytes, told: str) -> None:
    with other, pytest.raises(VaultError, match=told):
        import_isotopes(other, exported, lambda: "way")


def test_entries_are_plain(filled: Vault) -> None:
    assert asdict(filled.files("holiday")[0]) == {
        "name": "a.jpg",
        "sha256_before": "sha256:" + "a" * 64,
        "sha256_after": "sha256:" + "b" * 64,
        "marked": True,
        "pixels": "",
        "likeness": "",
        "added": "",
        "folder": "",
    }
