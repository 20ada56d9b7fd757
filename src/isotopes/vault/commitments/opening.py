"""Openings: they reveal a commitment, and are checked against its receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from isotopes.canonical import digest, digest_of
from isotopes.errors import ReceiptError, VaultError
from isotopes.marks import Mark, get_family
from isotopes.seeds import KEY_BYTES
from isotopes.vault.commitments.beacon import check_beacon, mix_beacon
from isotopes.vault.commitments.commitment import root_digest, statement_failures
from isotopes.vault.commitments.document import read_document
from isotopes.vault.commitments.receipt import Receipt

OPENING_FORMAT = "isotopes-opening/2"


@dataclass(frozen=True)
class Opening:
    """The opening of a commitment: the statement as it was hashed, the root key and the beacon.

    Attributes:
        root: 32 bytes.
        beacon: the value that was mixed in; None if none was.
        statement: as it was hashed.
    """

    root: bytes = field(repr=False)
    beacon: bytes | None
    statement: Mapping[str, Any] = field(repr=False)

    def to_dict(self) -> dict[str, object]:
        """The opening as JSON; it holds the root key."""
        return {
            "format": OPENING_FORMAT,
            "root": self.root.hex(),
            "beacon": None if self.beacon is None else self.beacon.hex(),
            "statement": dict(self.statement),
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Opening:
        """Raises ReceiptError: not an opening of a format known here."""
        found = read_document("opening", text, OPENING_FORMAT, ("root", "beacon", "statement"))
        if not isinstance(found["statement"], dict):
            raise ReceiptError("an opening's statement must be a JSON object")
        return cls(_root_bytes(found["root"]), _beacon_bytes(found["beacon"]), found["statement"])


@dataclass(frozen=True)
class CheckedOpening:
    """An opening whose every hash was recomputed and matches the receipt.

    Attributes:
        commitment: the receipt's hash.
        statement: what had been fixed: family, options, alpha, label, decoys, plan, ...
        beacon: the claimed value of the announced beacon; None if none was announced.
            The reader has to look up whether it is right.
        key: the key of the mark and the decoys: the root, with the beacon mixed in.
    """

    commitment: str
    statement: Mapping[str, Any]
    beacon: bytes | None
    key: bytes = field(repr=False)

    @property
    def beacon_digest(self) -> str | None:
        """``sha256:...`` of the beacon's value."""
        return None if self.beacon is None else digest(self.beacon)

    def draw(self, index: int) -> Mark:
        """The committed mark (index 0) or decoy `index`, 1 to the committed count.

        Raises:
            ReceiptError: a draw that was not committed to.
            MarkError: this release has no such family or version, or not its pictures.
        """
        last = self.statement["decoys"]["count"]
        if not 0 <= index <= last:
            raise ReceiptError(f"the commitment fixed draws 0 to {last}, got {index}")
        stated = self.statement
        family = get_family(stated["family"], stated["options"], stated["family_version"])
        return family.draw(self.key, index)


def check_opening(
    receipt: Receipt, opening: Opening, *, beacon: bytes | None = None
) -> CheckedOpening:
    """Does this opening reveal what the receipt committed to?

    Every hash is recomputed. The commitment hashes the statement as a whole, so any change to the
    statement fails as `commitment`; parts that can be checked separately are named too.

    Args:
        beacon: the announced beacon's value, where the reader has looked it up.

    Raises:
        ReceiptError: it does not; the message lists each part that fails.
    """
    failures = [
        *statement_failures(opening.statement),
        *_receipt_failures(receipt, opening),
        *_beacon_failures(opening, beacon),
    ]
    if failures:
        raise ReceiptError(
            "the opening does not match the receipt: " + "; ".join(failures),
            hint="one of the two files was altered, or they belong to different isotopes",
        )
    key = opening.root if opening.beacon is None else mix_beacon(opening.root, opening.beacon)
    return CheckedOpening(receipt.commitment, opening.statement, opening.beacon, key)


def _receipt_failures(receipt: Receipt, opening: Opening) -> Iterator[str]:
    if opening.statement.get("root_sha256") != root_digest(opening.root):
        yield "root: does not hash to root_sha256"
    for name in ("created", "beacon"):
        if opening.statement.get(name) != getattr(receipt, name):
            yield f"{name}: differs from the receipt"
    if digest_of(opening.statement) != receipt.commitment:
        yield "commitment: the statement does not hash to it"


def _beacon_failures(opening: Opening, looked_up: bytes | None) -> Iterator[str]:
    announced = opening.statement.get("beacon") is not None
    if announced and opening.beacon is None:
        yield "beacon: one was announced, and the opening holds no value"
    if not announced and opening.beacon is not None:
        yield "beacon: none was announced, and the opening holds a value"
    if looked_up is not None and looked_up != opening.beacon:
        yield "beacon: the opening's value is not the one that you gave"


def _root_bytes(text: object) -> bytes:
    try:
        root = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        root = b""
    if len(root) != KEY_BYTES:
        # The value itself stays out of the message: it may be a real key with a typing error.
        raise ReceiptError(f"an opening's root must be {2 * KEY_BYTES} hexadecimal digits")
    return root


def _beacon_bytes(text: object) -> bytes | None:
    if text is None:
        return None
    try:
        beacon = bytes.fromhex(text) if isinstance(text, str) else b""
        check_beacon(beacon)
    except (ValueError, VaultError):
        raise ReceiptError("an opening's beacon must be hexadecimal digits or null") from None
    return beacon
