"""What cleaning a block of metadata leaves, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# Words for the summary: one for each kind of thing that is left out.
THUMBNAIL = "a thumbnail or preview without the mark"
C2PA = "a C2PA manifest (it vouches for the original's bytes)"
FURTHER = "further pictures, film or other data behind the picture"
ANNOUNCED = "metadata about a film, gain map, depth map or further pictures that don't come along"
INDEX = "an index of the original's bytes"
DAMAGED = "damaged metadata (its checksum is wrong)"
MAKER_NOTE = "a maker's note"
UNSOUND_PROFILE = "a colour profile that is damaged or holds other data"
NOT_UNDERSTOOD = "metadata that isn't understood"
POSITION = "a position"  # the user asked for this, so it isn't reported


class Purpose(Enum):
    """Why a block is cleaned, which decides what may stay.

    MARKED: nothing may show the picture without its mark, or say what isn't true any more.
    NO_POSITION: in addition, only what is known to hold no position stays.
    """

    MARKED = "marked"
    NO_POSITION = "gps"


@dataclass(frozen=True)
class Cleaned:
    """A block of metadata after cleaning.

    Attributes:
        data: what may stay; None if nothing may.
        left_out: what was removed, in the words above.
    """

    data: bytes | None
    left_out: tuple[str, ...] = ()


def merge(*parts: tuple[str, ...]) -> tuple[str, ...]:
    """All of them, each once, in order of first appearance."""
    return tuple(dict.fromkeys(word for part in parts for word in part))


def told(*parts: tuple[str, ...]) -> tuple[str, ...]:
    """As `merge`, without what the user asked to remove."""
    return tuple(word for word in merge(*parts) if word != POSITION)
