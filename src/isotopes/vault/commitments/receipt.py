"""Receipts: proof that something was fixed, without revealing what."""

from __future__ import annotations

from dataclasses import dataclass

from isotopes.canonical import canonical_json, digest
from isotopes.errors import ReceiptError
from isotopes.vault.commitments.document import is_digest, is_time, read_document

RECEIPT_FORMAT = "isotopes-receipt/2"
_FIELDS = ("commitment", "created", "beacon", "note")


@dataclass(frozen=True)
class Receipt:
    """Proof to show others that something was fixed; it reveals neither key, mark nor plan.

    Attributes:
        commitment: ``sha256:<64 hexadecimal digits>`` of the statement.
        created: when the isotope was made, UTC, ISO 8601; also in the statement.
        beacon: the public random value that was to be mixed into the key, announced before it was
            drawn; also in the statement. None: nothing rules out that the key was chosen by trial.
        note: free text of the owner; nothing binds it.
    """

    commitment: str
    created: str
    beacon: str | None = None
    note: str = ""

    @property
    def stamped(self) -> bytes:
        """The bytes that a time stamp covers: the receipt without its note, which binds nothing."""
        return canonical_json({k: v for k, v in self.to_dict().items() if k != "note"})

    @property
    def digest(self) -> str:
        """``sha256:...`` of what a time stamp stamps."""
        return digest(self.stamped)

    def to_dict(self) -> dict[str, str | None]:
        """The receipt as JSON."""
        return {
            "format": RECEIPT_FORMAT,
            "commitment": self.commitment,
            "created": self.created,
            "beacon": self.beacon,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Receipt:
        """Raises ReceiptError: not a receipt of a format known here."""
        found = read_document("receipt", text, RECEIPT_FORMAT, _FIELDS)
        for name in ("created", "note"):
            if not isinstance(found[name], str):
                kind = type(found[name]).__name__
                raise ReceiptError(f"a receipt's {name} must be text, got {kind}")
        if not isinstance(found["beacon"], str | None):
            raise ReceiptError("a receipt's beacon must be text or null")
        if not is_digest(found["commitment"]):
            raise ReceiptError("a receipt's commitment must be sha256: and 64 hexadecimal digits")
        if not is_time(found["created"]):
            raise ReceiptError("a receipt's created must be a time like 2026-11-23T10:11:12Z")
        return cls(*(found[name] for name in _FIELDS))
