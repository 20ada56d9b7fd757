"""What becomes of a file: the words that a scan, a run and its summary use (docs/photos.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from isotopes.photos.content import Content

Strip = Literal["gps", "all"] | None


class Fate(StrEnum):
    """One word for each file. MARKABLE is a scan's word only: the choice comes after it."""

    MARKABLE = "markable"
    MARKED = "marked"
    COPIED = "copied"  # byte-identical
    STRIPPED = "stripped"  # metadata removed, pixels untouched
    TAGGED = "tagged"  # a note against training put in, pixels untouched
    SKIPPED = "skipped"  # left out of the output on purpose
    UNREADABLE = "unreadable"  # left out because it can't be read
    UNWRITABLE = "unwritable"  # left out because the output folder refuses it


@dataclass(frozen=True)
class Entry:
    """One thing that a scan found.

    Attributes:
        name: relative to the folder, parts joined by "/"; a folder's name ends in "/".
        fate: what a scan can tell.
        reason: why it can't be marked; empty if it can.
        size: bytes; 0 if it isn't a file that can be read.
        memory: bytes that marking it takes at the peak, roughly; 0 if that was not asked.
        content: what the picture shows; None if that was not asked or is unknown.
        further: what other pictures in the file show: frames, pages, thumbnails.
        holds: what in the file may show pictures that `content` doesn't (`choosing.holding`).
    """

    name: str
    fate: Fate
    reason: str = ""
    size: int = 0
    memory: int = 0
    content: Content | None = None
    further: tuple[Content, ...] = ()
    holds: str = ""

    @property
    def shown(self) -> tuple[Content, ...]:
        """What all pictures in the file show, as far as that is known."""
        return (*filter(None, [self.content]), *self.further)

    def copied(self, reason: str) -> Entry:
        """The same file, left as it is for this reason."""
        return replace(self, fate=Fate.COPIED, reason=reason)

    def skipped(self, reason: str) -> Entry:
        """The same file, left out for this reason."""
        return replace(self, fate=Fate.SKIPPED, reason=reason)


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file.

    Attributes:
        name: as in Entry.
        reason: why it wasn't marked; empty if it was, or if it wasn't chosen.
        before, after: SHA-256 of original and output, as ``sha256:...``; None if there is none.
        size: bytes written.
        left_out: what the original holds and the output doesn't: it would show the picture
            without the mark, or isn't true any more.
        missing: what the output's file system doesn't keep: permissions, times, ...
    """

    name: str
    fate: Fate
    reason: str = ""
    before: str | None = None
    after: str | None = None
    size: int = 0
    left_out: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
