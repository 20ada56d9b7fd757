"""Export and import: isotopes with their keys as one sealed JSON file, from any vault into any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from isotopes.canonical import canonical_json
from isotopes.errors import VaultError
from isotopes.strict_json import read_json
from isotopes.vault.isotope import Isotope
from isotopes.vault.keys.keyring import AskPassphrase
from isotopes.vault.keys.sealing import DataKey, Sealing
from isotopes.vault.storage.rows import OPEN_FIELDS
from isotopes.vault.storage.stored import ExportedIsotope, FileEntry, believed
from isotopes.vault.terms import check_text, clean_name
from isotopes.vault.vault import Vault

EXPORT_FORMAT = "isotopes-export/2"
_CONTEXT = EXPORT_FORMAT.encode()


def export_isotopes(vault: Vault, passphrase: str, names: Sequence[str] = ()) -> bytes:
    """These isotopes (all, where none is named) with keys and file lists, under `passphrase`.

    Raises:
        VaultError: no isotope has that name; an empty passphrase.
        WrongPassphrase: the vault's own passphrase is wrong.
    """
    records = [_record(vault.get(name), vault.files(name)) for name in names or vault.names()]
    key = DataKey.new()
    sealed = {
        "format": EXPORT_FORMAT,
        "sealing": key.wrap(passphrase, _CONTEXT).to_dict(),
        "isotopes": key.seal(canonical_json(records), _CONTEXT),
    }
    return canonical_json(sealed) + b"\n"


def read_export(
    exported: bytes, passphrase: AskPassphrase
) -> list[tuple[Isotope, list[FileEntry]]]:
    """The isotopes in an export with their files, for `Vault.merge`.

    Raises:
        VaultError: not an export, or one that holds what no vault exports.
        WrongPassphrase: not its passphrase.
    """
    sealing, sealed = _parse(exported)
    opened = sealing.unwrap(passphrase(), _CONTEXT).unseal(sealed, _CONTEXT)
    try:
        records = believed(list[ExportedIsotope], read_json(opened))
    except ValueError as error:
        raise VaultError(f"this export holds what no vault exports: {error}") from None
    return [_isotope(record) for record in records]


def import_isotopes(vault: Vault, exported: bytes, passphrase: AskPassphrase) -> list[str]:
    """Merge an export into the vault, all of it or (on an error) nothing; names the new isotopes.

    Existing entries stay; importing twice changes nothing.

    Raises:
        VaultError: not an export, or another isotope in the vault has the name of one in it.
        WrongPassphrase: not the passphrase of the export, or not that of the vault.
    """
    return vault.merge(read_export(exported, passphrase))


def _record(isotope: Isotope, files: Sequence[FileEntry]) -> dict[str, Any]:
    shown = {name: getattr(isotope, name) for name in OPEN_FIELDS}
    entries = [asdict(entry) for entry in files]
    return {**shown, "root": isotope.root, "salt": isotope.salt, "files": entries}


def _isotope(record: ExportedIsotope) -> tuple[Isotope, list[FileEntry]]:
    if record.name != clean_name(record.name):
        raise VaultError(f"an isotope in this export has a name that none has: {record.name!r}")
    if record.label is not None:
        check_text("a label", record.label)
    shown = {name: getattr(record, name) for name in OPEN_FIELDS}
    root, salt = bytes.fromhex(record.root), bytes.fromhex(record.salt)
    return Isotope(root=root, salt=salt, **shown), record.files


def _parse(exported: bytes) -> tuple[Sealing, bytes]:
    """How the export is sealed, and the sealed records."""
    try:
        found = read_json(exported)
    except ValueError as error:
        raise VaultError(f"this is no export of a vault: {error}") from None
    if not isinstance(found, dict) or found.get("format") != EXPORT_FORMAT:
        raise VaultError(f"this is no export of a vault: its format must be {EXPORT_FORMAT}")
    try:
        return Sealing.from_dict(found["sealing"]), bytes.fromhex(found["isotopes"])
    except (KeyError, TypeError, ValueError):
        raise VaultError("this export of a vault is damaged: take another copy of it") from None
