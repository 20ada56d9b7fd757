"""Commitments: what will be tested, fixed by one hash before the pictures are published.

A *statement* lists everything the test depends on; its hash is the commitment. A *receipt* shows
the commitment and nothing else, so it can be posted or timestamped at once. An *opening* reveals
the statement and the root key, and anybody can then recompute every hash and redraw the mark and
all its decoys. The formats are a documented contract: docs/commitments.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from isotopes.canonical import canonical_json, digest, digest_of
from isotopes.errors import ReceiptError
from isotopes.marks import Mark, get_family
from isotopes.seeds import KEY_BYTES

COMMITMENT_FORMAT = "isotopes-commitment/1"
RECEIPT_FORMAT = "isotopes-receipt/1"
OPENING_FORMAT = "isotopes-opening/1"

_ROOT_DOMAIN = b"isotopes/v1/root\0"
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "salt": str,
    "root_sha256": str,
    "family": str,
    "family_version": int,
    "options": dict,
    "alpha": float,
    "label": (str, type(None)),
    "decoys": dict,
    "plan": dict,
    "created": str,
}


@dataclass(frozen=True)
class Receipt:
    """Proof to show others that something was fixed; it reveals neither key, mark nor plan.

    Attributes:
        commitment: ``sha256:<64 hexadecimal digits>`` of the statement.
        created: when the isotope was made, UTC, ISO 8601; also in the statement.
        note: free text of the owner; nothing binds it.
    """

    commitment: str
    created: str
    note: str = ""

    def to_dict(self) -> dict[str, str]:
        return {
            "format": RECEIPT_FORMAT,
            "commitment": self.commitment,
            "created": self.created,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Receipt:
        """Raises ReceiptError: not a receipt of a format known here."""
        found = _read("receipt", text, RECEIPT_FORMAT, ("commitment", "created", "note"))
        _require_text("receipt", found)
        return cls(found["commitment"], found["created"], found["note"])


@dataclass(frozen=True)
class Opening:
    """What reveals a commitment: the statement as it was hashed, and the root key."""

    root: bytes = field(repr=False)
    statement: Mapping[str, Any] = field(repr=False)

    def to_dict(self) -> dict[str, object]:
        """The opening as JSON; it holds the root key."""
        return {
            "format": OPENING_FORMAT,
            "root": self.root.hex(),
            "statement": dict(self.statement),
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Opening:
        """Raises ReceiptError: not an opening of a format known here."""
        found = _read("opening", text, OPENING_FORMAT, ("root", "statement"))
        if not isinstance(found["statement"], dict):
            raise ReceiptError("an opening's statement must be a JSON object")
        return cls(_root_bytes(found["root"]), found["statement"])


@dataclass(frozen=True)
class CheckedOpening:
    """An opening whose every hash was recomputed and matches the receipt.

    Attributes:
        commitment: the receipt's hash.
        statement: what had been fixed: family, options, alpha, label, decoys, plan, ...
        root: the key that the mark and the decoys are drawn from.
    """

    commitment: str
    statement: Mapping[str, Any]
    root: bytes = field(repr=False)

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
        return family.draw(self.root, index)


def state(
    *,
    root: bytes,
    salt: bytes,
    family: str,
    family_version: int,
    options: Mapping[str, str],
    alpha: float,
    label: str | None,
    decoys: int,
    plan: Mapping[str, Any],
    created: str,
) -> dict[str, Any]:
    """The statement whose `digest_of` is the commitment.

    The salt (32 random bytes) hides the rest: without it, a guess at the label or the family can't
    be checked against the receipt. The root itself stands in it only as a hash.
    """
    return {
        "format": COMMITMENT_FORMAT,
        "salt": salt.hex(),
        "root_sha256": _root_digest(root),
        "family": family,
        "family_version": family_version,
        "options": dict(options),
        "alpha": alpha,
        "label": label,
        "decoys": {"count": decoys, "rule": _decoy_rule(family, family_version)},
        "plan": dict(plan),
        "created": created,
    }


def check_opening(receipt: Receipt, opening: Opening) -> CheckedOpening:
    """Does this opening reveal what the receipt committed to?

    Every hash is recomputed. The commitment hashes the statement as a whole, so a statement that
    was changed anywhere fails as `commitment`; what can be checked by itself is also told by name.

    Raises:
        ReceiptError: it does not; the message lists each part that fails.
    """
    failures = [*_statement_failures(opening), *_receipt_failures(receipt, opening)]
    if failures:
        raise ReceiptError(
            "the opening does not match the receipt: " + "; ".join(failures),
            hint="one of the two files was altered, or they belong to different isotopes",
        )
    return CheckedOpening(receipt.commitment, opening.statement, opening.root)


def _statement_failures(opening: Opening) -> Iterator[str]:
    """What is wrong with the statement by itself and against the root."""
    statement = opening.statement
    for name in sorted(_FIELDS.keys() ^ statement.keys()):
        yield f"{name}: {'is missing' if name in _FIELDS else 'is not a field of a statement'}"
    for name, kind in _FIELDS.items():
        if name in statement and not isinstance(statement[name], kind):
            yield f"{name}: has the wrong type, {type(statement[name]).__name__}"
    if statement.get("format") != COMMITMENT_FORMAT:
        yield f"format: must be {COMMITMENT_FORMAT}"
    if statement.get("root_sha256") != _root_digest(opening.root):
        yield "root: does not hash to root_sha256"
    yield from _decoy_failures(statement)


def _decoy_failures(statement: Mapping[str, Any]) -> Iterator[str]:
    decoys = statement.get("decoys")
    if not isinstance(decoys, dict):
        return
    count = decoys.get("count")
    if not isinstance(count, int) or count < 0:
        yield "decoys: the count must be a whole number, 0 or more"
    if decoys.get("rule") != _decoy_rule(statement.get("family"), statement.get("family_version")):
        yield f"decoys: the rule is not that of {COMMITMENT_FORMAT}"


def _receipt_failures(receipt: Receipt, opening: Opening) -> Iterator[str]:
    if opening.statement.get("created") != receipt.created:
        yield "created: differs from the receipt"
    if digest_of(opening.statement) != receipt.commitment:
        yield "commitment: the statement does not hash to it"


def _root_digest(root: bytes) -> str:
    """The root's hash in a domain of its own, so that no other use of the root can equal it."""
    return digest(_ROOT_DOMAIN + root)


def _decoy_rule(family: object, version: object) -> str:
    return (
        f"the mark is draw 0 and decoy i is draw i of family {family} version {version} with these"
        f" options, keyed from the root under isotopes/v1/marks/{family}/"
    )


def _root_bytes(text: object) -> bytes:
    try:
        root = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        root = b""
    if len(root) != KEY_BYTES:
        # The value itself stays out of the message: it may be a real key with a typing error.
        raise ReceiptError(f"an opening's root must be {2 * KEY_BYTES} hexadecimal digits")
    return root


def _read(kind: str, text: str | bytes, form: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The JSON object in `text`, with just these fields beside its format."""
    try:
        found = json.loads(text, object_pairs_hook=_distinct, parse_constant=_refuse)
        canonical_json(found)  # what can't be hashed is refused here, once
    except ValueError as error:
        raise ReceiptError(f"this {kind} is not valid JSON: {error}") from None
    if not isinstance(found, dict) or found.get("format") != form:
        raise ReceiptError(f"this is no {kind}: its format must be {form}")
    if found.keys() != {"format", *names}:
        raise ReceiptError(
            f"a {kind} must hold {', '.join(names)} and nothing else,"
            f" got: {', '.join(sorted(found.keys() - {'format'})) or 'none of them'}"
        )
    return found


def _require_text(kind: str, found: Mapping[str, object]) -> None:
    for name, value in found.items():
        if not isinstance(value, str):
            raise ReceiptError(f"a {kind}'s {name} must be text, got {type(value).__name__}")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field given twice could show one value to the reader and hash another."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is given twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
