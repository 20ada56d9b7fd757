"""Ids that any service takes: letters, digits, and ``_ . - :``."""

from __future__ import annotations

from urllib.parse import quote, unquote

from isotopes.errors import IsotopesError

LONGEST = 255


def to_service(name: str) -> str:
    """`name` with every other character written as its bytes, each ``:XX``.

    Raises:
        IsotopesError: it is empty, or the result has more than 255 characters.

    >>> to_service("ann/summer 1.jpg")
    'ann:2Fsummer:201.jpg'
    """
    written = quote(name, safe="").replace("~", "%7E").replace("%", ":")
    if not 1 <= len(written) <= LONGEST:
        raise IsotopesError(
            f"an id must have 1 to {LONGEST} characters, written with letters, digits and _ . - :,"
            f" got {len(written)}: {written[:40]}..."
        )
    return written


def from_service(written: str) -> str:
    """The name that `to_service` wrote; ids that it didn't write stay as they are."""
    name = unquote(written.replace(":", "%"))
    return name if name and _writes(name, written) else written


def _writes(name: str, written: str) -> bool:
    return quote(name, safe="").replace("~", "%7E").replace("%", ":") == written
