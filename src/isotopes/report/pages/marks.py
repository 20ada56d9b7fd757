"""The dates and strengths of many marks, as one table of a page."""

from __future__ import annotations

from collections.abc import Sequence

from isotopes.report.pages.background import Background, KeptStamp, readable
from isotopes.report.pages.content import Table

HEAD = ("isotope", "kind of mark", "strength", "pictures marked", "committed", "stamped")


def marks_table(backgrounds: Sequence[Background]) -> tuple[Table, ...]:
    """A row for each mark; nothing if nothing is known."""
    if not backgrounds:
        return ()
    rows = tuple(
        (
            one.isotope,
            one.family,
            one.strength,
            f"{one.marked:,} of {one.pictures:,}",
            f"{readable(one.committed)}, by the owner's clock",
            _stamped(one.receipt_stamps),
        )
        for one in backgrounds
    )
    return (Table("The marks and their dates", HEAD, rows),)


def _stamped(stamps: Sequence[KeptStamp]) -> str:
    return "; ".join(map(str, stamps)) or "never: the date rests on the owner's word"
