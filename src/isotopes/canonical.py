"""One byte string for one value: what commitments, plans and receipts are hashed over.

The encoding is part of the documented contract (docs/commitments.md): JSON with sorted keys, no
white space, UTF-8, no NaN, byte strings as lower-case hexadecimal. Digests carry their algorithm.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def canonical_json(value: object) -> bytes:
    """Encode `value` (JSON types, tuples, bytes) as its one canonical byte string.

    Raises:
        TypeError: a type that JSON does not have (bytes become hexadecimal, tuples lists).
        ValueError: NaN or infinity.
    """
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_encode,
    ).encode()


def digest(data: bytes) -> str:
    """SHA-256 of `data`, as ``sha256:<64 hexadecimal digits>``."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of(value: object) -> str:
    """SHA-256 of the canonical encoding of `value`."""
    return digest(canonical_json(value))


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _encode(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"a value of type {type(value).__name__} has no canonical encoding")
