"""The content of a verdict's page: one structure for every kind of verdict, and one template."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import NamedTuple

from isotopes.verify import Outcome
from isotopes.verify.verdicts.claim import ClaimOutcome


@dataclass(frozen=True)
class Picture:
    """A picture in the page itself.

    Attributes:
        data: its bytes.
        media_type: "image/png", "image/jpeg" or "image/svg+xml".
        alt: the same in words.
        caption: what it shows, below it.
        wide: it can't be read at the width of a phone.
    """

    data: bytes
    media_type: str
    alt: str
    caption: str
    wide: bool = False

    @property
    def address(self) -> str:
        """A data URL."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


class Dated(NamedTuple):
    """When something happened, as far as is known, and who says so."""

    what: str
    when: str
    vouched: str


class Statement(NamedTuple):
    """Something that the page says, and who vouches for it."""

    said: str
    vouched: str


class Command(NamedTuple):
    """What a command does for the reader, and the command."""

    does: str
    command: str


@dataclass(frozen=True)
class Table:
    """Rows under a heading; on a narrow screen each row becomes a block of its own."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Page:
    """A verdict's page, from the answer down to what a sceptic needs.

    Attributes:
        title: of the window.
        question: what was asked.
        outcome: the answer.
        ground: what the answer rests on; a sentence without its full stop.
        private: it shows the mark itself, so the owner must not share it.
        warnings: what limits the answer, a clause each.
        chart: what was measured, as a picture.
        pictures: the mark, or one like it; if the owner wants it, an original and its copy.
        facts: family, strength, pictures and the like, as (what, value).
        dates: when things happened.
        tables: many marks or checks, one by one.
        reading: how to read this, paragraph by paragraph.
        not_said: what nobody should read into it.
        statements: who vouches for what.
        commands: to check it.
        sections: figures, as (title, rows of (what, value)).
        json: the verdict itself; None if it is too large for a page.
    """

    title: str
    question: str
    outcome: Outcome | ClaimOutcome
    ground: str
    private: bool = False
    warnings: tuple[str, ...] = ()
    chart: Picture | None = None
    pictures: tuple[Picture, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    dates: tuple[Dated, ...] = ()
    tables: tuple[Table, ...] = ()
    reading: tuple[str, ...] = ()
    not_said: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    commands: tuple[Command, ...] = ()
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    json: str | None = None
