"""What a sample consists of, and what becomes of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class SamplePart:
    """A member of a tar's sample, or a value in a row.

    Attributes:
        name: the member's extension, or the column.
        data: its contents.
        is_picture: whether it is to be marked. Any other picture is marked only if it shows the
            same as one of these: it may be a mask.
    """

    name: str
    data: bytes
    is_picture: bool = False


@dataclass(frozen=True)
class Treated:
    """What became of a part.

    Attributes:
        data: what is to be published; None if it must stay private, as its metadata can't be
            removed.
        marked: whether it carries the mark.
        pixels: ``sha256:...`` of what it shows (`photos.Content`); "" if that isn't known.
        reason: why it could not be marked, or is left out; "" if it was marked or not chosen.
    """

    data: bytes | None
    marked: bool = False
    pixels: str = ""
    reason: str = ""


class Treat(Protocol):
    """Treats the parts of one sample, which belongs to this user; one result for each."""

    def __call__(self, parts: list[SamplePart], user: str | None) -> list[Treated]: ...
