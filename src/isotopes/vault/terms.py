"""What can be recorded in a vault: names, labels, paths, numbers and times."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from isotopes.checked import LONGEST_TEXT
from isotopes.errors import MarkError, VaultError
from isotopes.marks import Family

LONGEST_NAME = 200  # characters


def utc_now() -> str:
    """The time by this computer's clock, as the vault keeps times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean_name(name: str) -> str:
    """The name as the vault keeps it: composed Unicode (NFC), so that macOS's folders match typing.

    Raises:
        VaultError: empty, too long, with outer white space, a hyphen at its beginning, or
            characters that can't be shown.
    """
    composed = unicodedata.normalize("NFC", name)
    check_text("an isotope's name", composed)
    if composed.startswith("-"):
        raise VaultError(
            f"an isotope's name must not begin with a hyphen, got {composed[:LONGEST_NAME]!r}",
            hint="every command would take it for an option: choose another with --name",
        )
    if composed != composed.strip() or not 1 <= len(composed) <= LONGEST_NAME:
        raise VaultError(
            f"an isotope's name must have 1 to {LONGEST_NAME} characters and no white space"
            f" around it, got {composed[:LONGEST_NAME]!r}"
        )
    return composed


def storable(path: str) -> str:
    """A path as text that any store can hold: undecodable bytes of a file name become escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def check_text(what: str, text: str) -> None:
    """Only what every database, terminal and encoding preserves."""
    if len(text) > LONGEST_TEXT:
        raise VaultError(f"{what} may have {LONGEST_TEXT:,} characters, got {len(text):,}")
    if not text.isprintable():
        raise VaultError(f"{what} must hold printable characters only, got {text!r}")


def check_terms(family: Family, alpha: float, label: str | None, decoys: int) -> None:
    """Could there be an isotope like this?

    Raises:
        VaultError: alpha, label or number of decoys out of range.
        MarkError: the family holds fewer draws than the mark and its decoys need.
    """
    if not 0 < alpha <= 1:
        raise VaultError(f"alpha must be above 0 and at most 1, got {alpha}")
    if label is not None:
        check_text("a label", label)
    if decoys < 0:
        raise VaultError(f"the number of decoys must be 0 or more, got {decoys}")
    if family.size is not None and family.size < decoys + 1:
        larger = "draw them from a larger folder of pictures (--pool)"
        fewer = "commit to fewer (--decoys): with N of them no p-value is below 1 / (N + 1)"
        raise MarkError(
            f"a mark and {decoys} decoys need {decoys + 1} draws,"
            f" but family {family.name} holds {family.size} with these options",
            hint=larger if family.size == 1 else f"{larger}, or {fewer}",
        )
