"""Was a key chosen by trial, and what rules it out: in words, for one mark or several."""

from __future__ import annotations

from collections.abc import Sequence

NONE = (
    "Nothing rules out that the key was chosen by trial. Whoever draws thousands of keys and"
    " commits to one whose mark happens to lift a label on a network of their own accuses innocent"
    " models far more often than the p-value says, and no time stamp shows it. Public randomness"
    " that is mixed into the key after the receipt was stamped rules it out; here there was none."
)
NONE_IN_SHORT = (
    "nothing rules out that the key was chosen by trial: no public randomness was mixed into it"
)


def about_key(beacons: Sequence[str | None]) -> str:
    """A paragraph for a page.

    Args:
        beacons: for each mark, what was mixed into its key (`Isotope.beacon_in_words`), or None.
    """
    without = sum(beacon is None for beacon in beacons)
    if without == len(beacons):
        return NONE
    if without:
        return f"This holds for {without} of {len(beacons)} marks: {NONE}"
    named = "; ".join(dict.fromkeys(str(beacon) for beacon in beacons))
    return (
        f"Public randomness was mixed into the key after it was committed to: {named}. So the key"
        " can't have been chosen by trial, if the receipt was stamped before this value was drawn,"
        " and if few keys were committed to. Look up the value, the stamp and the list of receipts."
    )


def note_on_key(beacons: Sequence[str | None]) -> str | None:
    """One line for a terminal; None if there is nothing to say."""
    without = sum(beacon is None for beacon in beacons)
    if not without:
        return None
    of_many = "" if len(beacons) == 1 else f" ({without} of {len(beacons)} marks)"
    return f"{NONE_IN_SHORT}{of_many}"
