"""Commitments: what will be tested, fixed by one hash before the pictures are published.

A *statement* lists everything the test depends on; its hash is the commitment. A *receipt* shows
the commitment and nothing else, so it can be posted or timestamped at once. An *opening* reveals
the statement and the root key, and anybody can then recompute every hash and redraw the mark and
all its decoys. The formats are a documented contract: docs/commitments.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isotopes.canonical import digest
from isotopes.marks import mark_families
from isotopes.seeds import KEY_BYTES
from isotopes.vault.commitments.document import is_digest, is_time

COMMITMENT_FORMAT = "isotopes-commitment/2"

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
    "beacon": (str, type(None)),
}


def make_statement(
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
    beacon_source: str | None,
) -> dict[str, Any]:
    """The statement whose `digest_of` is the commitment.

    The salt (32 random bytes) hides the rest: without it, a guess at the label or the family can't
    be checked against the receipt. The root itself stands in it only as a hash.
    """
    return {
        "format": COMMITMENT_FORMAT,
        "salt": salt.hex(),
        "root_sha256": root_digest(root),
        "family": family,
        "family_version": family_version,
        "options": dict(options),
        "alpha": alpha,
        "label": label,
        "decoys": {
            "count": decoys,
            "rule": _decoy_rule(family, family_version, beacon_source is not None),
        },
        "plan": dict(plan),
        "created": created,
        "beacon": beacon_source,
    }


def root_digest(root: bytes) -> str:
    """The root's domain-separated hash, so that no other use of the root can equal it."""
    return digest(_ROOT_DOMAIN + root)


def statement_failures(statement: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a statement that ours could not contain, in words.

    A made-up statement that was hashed again matches its receipt, so the rules for making an
    isotope are checked here too.
    """
    for name in sorted(_FIELDS.keys() ^ statement.keys()):
        yield f"{name}: {'is missing' if name in _FIELDS else 'is not a field of a statement'}"
    for name, kind in _FIELDS.items():
        if name in statement and not _is_a(statement[name], kind):
            yield f"{name}: has the wrong type, {type(statement[name]).__name__}"
    if statement.get("format") != COMMITMENT_FORMAT:
        yield f"format: must be {COMMITMENT_FORMAT}"
    yield from _value_failures(statement)
    yield from _decoy_failures(statement)


def _is_a(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _value_failures(statement: Mapping[str, Any]) -> Iterator[str]:
    alpha, salt, family = (statement.get(name) for name in ("alpha", "salt", "family"))
    if isinstance(alpha, float) and not 0 < alpha <= 1:
        yield f"alpha: must be above 0 and at most 1, got {alpha:g}"
    if isinstance(salt, str) and not is_digest(f"sha256:{salt}"):
        yield f"salt: must be {2 * KEY_BYTES} hexadecimal digits"
    if isinstance(family, str) and family not in mark_families():
        yield f"family: there is none called {family!r} here"
    if "root_sha256" in statement and not is_digest(statement["root_sha256"]):
        yield "root_sha256: must be sha256: and 64 hexadecimal digits"
    if "created" in statement and not is_time(statement["created"]):
        yield "created: must be a time like 2026-11-23T10:11:12Z"
    for name in ("label", "beacon"):
        text = statement.get(name)
        if isinstance(text, str) and not text.isprintable():
            yield f"{name}: must hold printable characters only"
    options = statement.get("options")
    if isinstance(options, dict) and not all(isinstance(v, str) for v in options.values()):
        yield "options: each must be text"


def _decoy_failures(statement: Mapping[str, Any]) -> Iterator[str]:
    decoys = statement.get("decoys")
    if not isinstance(decoys, dict):
        return
    count = decoys.get("count")
    whole = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    if not whole or decoys.keys() != {"count", "rule"}:
        yield "decoys: the count must be a whole number, 0 or more"
    mixed = statement.get("beacon") is not None
    if decoys.get("rule") != _decoy_rule(
        statement.get("family"), statement.get("family_version"), mixed
    ):
        yield f"decoys: the rule is not that of {COMMITMENT_FORMAT}"


def _decoy_rule(family: object, version: object, mixed: bool) -> str:
    key = "the root and the beacon's value" if mixed else "the root"
    return (
        f"the mark is draw 0 and decoy i is draw i of family {family} version {version} with these"
        f" options, keyed from {key} under isotopes/v1/marks/{family}/"
    )
