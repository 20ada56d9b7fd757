"""Notes that several commands print with their results."""

from __future__ import annotations

from collections.abc import Sequence

from isotopes.cli.terminal import tell
from isotopes.defaults import AUTHORITIES
from isotopes.hints import command


def tell_note_on_key(beacons: Sequence[str | None]) -> None:
    """Print a note if a key may have been chosen by trial."""
    from isotopes.report.key_words import note_on_key

    note = note_on_key(beacons)
    if note is not None:
        tell(f"note: {note} (isotopes vault prepare)")


def tell_before_publishing(isotope: str, vault: str | None, beacon: str | None) -> None:
    """What can't be made up for once the pictures are public: a backup, a date and a beacon."""
    tell(
        "before you publish, back up the vault: without it nobody can tell which mark is in the"
        " pictures",
        f"  {command('vault backup FILE', vault=vault)}",
        "and have the date stamped, because later is too late: without a stamp it rests on your"
        " word",
        f"  {command('vault stamp {} --authority {}', isotope, AUTHORITIES[0], vault=vault)}",
    )
    if beacon is None:
        tell(
            "note: you can check models for this mark, but nobody else can confirm your claim, as"
            " its key may have been chosen by trial (docs/claims.md)",
            "  if that matters, mark anew with a beacon before you publish: isotopes vault prepare",
        )
