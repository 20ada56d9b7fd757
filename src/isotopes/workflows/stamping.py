"""Have receipts, lists of receipts and plans stamped by authorities, and check such stamps."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from isotopes.canonical import canonical_json, digest
from isotopes.errors import ReceiptError, VaultError, unreadable
from isotopes.strict_json import read_json
from isotopes.vault import Receipt, Vault
from isotopes.vault.commitments.receipt import RECEIPT_FORMAT
from isotopes.vault.commitments.receipt_list import LIST_FORMAT, ReceiptList
from isotopes.vault.commitments.stamp import Trust, answered, stamp_request
from isotopes.workflows.fetching import fetch

PLAN_FORMATS = "isotopes-plan/", "isotopes-audit-plan/", "isotopes-face-plan/"
QUERY = {"Content-Type": "application/timestamp-query"}


def request_stamps(message: bytes, authorities: Sequence[str]) -> list[tuple[str, bytes]]:
    """Each authority's address with its stamp of these bytes.

    Raises:
        VaultError: no authority is named, or one can't be reached.
        ReceiptError: one answers something else, or the `request_stamps` extra isn't installed.
    """
    if not authorities:
        raise VaultError("a time stamp needs an authority's address", hint="--authority URL")
    found = []
    for address in authorities:
        request = stamp_request(message)
        found.append((address, answered(request, fetch(address, request.as_bytes(), QUERY))))
    return found


def stamp_and_keep(vault: Vault, message: bytes, authorities: Sequence[str]) -> list[bytes]:
    """Have these bytes stamped and keep the stamps in the vault.

    Raises:
        VaultError, ReceiptError: as `request_stamps`.
    """
    stamps = request_stamps(message, authorities)
    for address, token in stamps:
        vault.keep_stamp(digest(message), token, address)
    return [token for _, token in stamps]


def list_receipts(vault: Vault) -> ReceiptList:
    """All receipts of a vault, oldest first, each checked against its key.

    Raises:
        VaultError: there is no isotope, or one was altered.
        WrongPassphrase: the vault is sealed with another one.
    """
    names = vault.names()
    if not names:
        raise VaultError(f"there is no isotope in {vault.location}, so there is nothing to list")
    return ReceiptList.of([vault.get(name).receipt() for name in names])


def stamped_bytes(text: bytes) -> bytes:
    """What a time stamp of this document stamps: of a receipt, a list of receipts or a plan.

    Raises:
        ReceiptError: it is none of these.
    """
    try:
        found = read_json(text)
    except ValueError:
        found = None
    form = found.get("format") if isinstance(found, dict) else None
    if form == RECEIPT_FORMAT:
        return Receipt.from_json(text).stamped
    if form == LIST_FORMAT:
        return ReceiptList.from_json(text).stamped
    if isinstance(form, str) and form.startswith(PLAN_FORMATS):
        return canonical_json(found)
    raise ReceiptError(
        "time stamps are of receipts, lists of receipts and plans, and this is none of them"
    )


def read_stamped(path: Path) -> bytes:
    """What a time stamp of this file stamps; of kept answers (``.npz``), of their plan.

    Raises:
        VaultError: it can't be read.
        FolderError: it holds no kept answers.
        ReceiptError: as `stamped_bytes`.
    """
    if path.suffix.lower() != ".npz":
        return stamped_bytes(_read(path))
    from isotopes.verify import load_answers

    plan, _ = load_answers(path)
    return canonical_json(plan.to_dict())


def read_trust(roots: Sequence[Path], revoked: Sequence[Path] = ()) -> Trust:
    """Trust in the certificates of these PEM files; where none is given, in the system's.

    Raises:
        ReceiptError: a file that is no PEM, or none is given and the system has none.
        VaultError: a file can't be read.
    """
    if not roots:
        system = ssl.get_default_verify_paths().cafile
        if system is None:
            raise ReceiptError(
                "this system has no list of trusted authorities",
                hint="give the root certificate of the one that stamped (--root FILE)",
            )
        roots = [Path(system)]
    return Trust.read([_read(path) for path in roots], [_read(path) for path in revoked])


def read_day(text: str) -> datetime:
    """A date or time in UTC, such as 2026-11-27 or 2026-11-27T10:00:00Z.

    Raises:
        VaultError: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise VaultError(
            f"a time must look like 2026-11-27 or 2026-11-27T10:00:00Z, got {text!r}"
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VaultError(unreadable(path, error)) from None
