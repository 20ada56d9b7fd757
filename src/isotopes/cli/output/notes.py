"""Notes that several commands print with their results."""

from __future__ import annotations

from collections.abc import Sequence

from isotopes.cli.terminal import tell


def tell_note_on_key(beacons: Sequence[str | None]) -> None:
    """Print a note if a key may have been chosen by trial."""
    from isotopes.report.key_words import note_on_key

    note = note_on_key(beacons)
    if note is not None:
        tell(f"note: {note} (isotopes vault prepare)")
