"""What to record about each picture while its shard is rewritten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from isotopes.canonical import digest
from isotopes.shards.part import Treated

ALGORITHMS = ("md5", "sha1", "sha256", "sha512")  # that data sets hold of their pictures


@dataclass(frozen=True)
class LedgerRow:
    """One picture in the ledger.

    Attributes:
        sample: the sample's key, or the number of its row.
        member: which picture of the sample: its extension, or its column.
        user: whose it is; None if there is one key for all.
        marked: whether it carries the mark.
        before, after: ``sha256:...`` of the file as it was and as it is published; "" if left out.
        pixels: ``sha256:...`` of what it shows; "" if not known.
        reason: why it could not be marked; "" otherwise.
    """

    sample: str
    member: str
    user: str | None
    marked: bool
    before: str
    after: str
    pixels: str
    reason: str


@dataclass
class Rewritten:
    """What a rewritten shard held.

    Attributes:
        rows: of all its pictures, in order.
        samples: how many it holds.
        hashes: of changed pictures, from old to new, in hexadecimal.
    """

    rows: list[LedgerRow] = field(default_factory=list)
    samples: int = 0
    hashes: dict[str, str] = field(default_factory=dict)

    def note(
        self, sample: str, member: str, user: str | None, data: bytes, found: Treated
    ) -> Mapping[str, str]:
        """Record what became of a picture, and, if it changed, its old and new hashes."""
        after = "" if found.data is None else digest(found.data)
        row = LedgerRow(
            sample, member, user, found.marked, digest(data), after, found.pixels, found.reason
        )
        self.rows.append(row)
        if found.data is None or found.data == data:
            return {}
        changed = hashes_of(data, found.data)
        self.hashes.update(changed)
        return changed


def hashes_of(before: bytes, after: bytes) -> Mapping[str, str]:
    """The hashes that a data set may hold of a picture, from old to new.

    An outdated hash would reveal which pictures carry the mark.
    """
    return {
        hashlib.new(name, before, usedforsecurity=False).hexdigest(): hashlib.new(
            name, after, usedforsecurity=False
        ).hexdigest()
        for name in ALGORITHMS
    }
