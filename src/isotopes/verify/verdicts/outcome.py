"""What a check can say."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a check can say."""

    DETECTED = "detected"
    NOT_DETECTED = "not detected"
    INCONCLUSIVE = "inconclusive"
