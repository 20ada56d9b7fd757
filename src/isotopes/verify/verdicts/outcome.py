"""What a check can say."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a check can say."""

    DETECTED = "detected"
    NOT_DETECTED = "not detected"
    INCONCLUSIVE = "inconclusive"


def begin_plainly(
    outcome: Outcome, ground: str, mark: str = "your mark", asked: str = "the model"
) -> str:
    """What the outcome rests on, after a plain sentence where the outcome alone would mislead.

    People read "not detected" as "not used", which no check can show.

    >>> begin_plainly(Outcome.NOT_DETECTED, "3 of 9 decoys rise as much")
    'your mark did not stand out; this does not clear the model. 3 of 9 decoys rise as much'
    """
    if outcome is not Outcome.NOT_DETECTED:
        return ground
    return (
        f"{mark} did not stand out; this does not clear {asked}. {ground[:1].upper()}{ground[1:]}"
    )
