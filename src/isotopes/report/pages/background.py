"""What the owner's vault adds to a verdict's page: dates, strength, pictures. In words, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isotopes.report.pages.content import Dated, Picture, Statement

OWNER, ARITHMETIC = "the owner's word", "arithmetic: anybody can repeat it"
NOT_RECORDED = "not recorded"
NO_VAULT = "this page was written without a vault, so no time stamp is known"


@dataclass(frozen=True)
class KeptStamp:
    """A time stamp that the vault holds. It is not checked here: the reader does that.

    Attributes:
        authority: the address that was asked for the stamp.
        time: when, as the stamp says, UTC, ISO 8601; None if it can't be read here.
    """

    authority: str
    time: str | None

    def __str__(self) -> str:
        return f"{readable(self.time)}, says the stamp of {self.authority}"


@dataclass(frozen=True)
class Background:
    """What is known about one mark besides the verdict.

    Attributes:
        isotope: the owner's name for it.
        family, strength: the rule that drew the mark, and alpha with its word, as "faint (0.2)".
        marked, pictures: how many of the recorded pictures carry it, and how many there are.
        committed: when the isotope was made, by the owner's clock; ISO 8601.
        marked_first, marked_last: when pictures were recorded; "" if none was.
        receipt_stamps, plan_stamps: time stamps of the commitment and of the plan.
        asked: when the model was asked, by the owner's clock; None if nobody noted it.
        specimen: a mark of this family that nobody published, drawn by a key that anybody knows.
        secrets: the mark itself, an original and its marked copy; only for the owner.
    """

    isotope: str
    family: str
    strength: str
    marked: int
    pictures: int
    committed: str
    marked_first: str = ""
    marked_last: str = ""
    receipt_stamps: tuple[KeptStamp, ...] = ()
    plan_stamps: tuple[KeptStamp, ...] = ()
    asked: str | None = None
    specimen: Picture | None = None
    secrets: tuple[Picture, ...] = ()


def readable(time: str | None) -> str:
    """A time for people: "2026-11-27 10:11 UTC"."""
    if not time:
        return NOT_RECORDED
    return f"{time[:10]} {time[11:16]} UTC" if len(time) > 10 else time


def facts(background: Background) -> tuple[tuple[str, str], ...]:
    """Family, strength and pictures, as (what, value)."""
    return (
        ("kind of mark", background.family),
        ("strength", background.strength),
        ("pictures marked", f"{background.marked:,} of {background.pictures:,} recorded"),
    )


def dates(background: Background, asked: str = "model asked") -> tuple[Dated, ...]:
    """When the mark was fixed, put in, stamped and asked about, and who says so.

    Args:
        asked: what the check did, as this kind of check calls it.
    """
    marked = " to ".join(
        dict.fromkeys(map(readable, (background.marked_first, background.marked_last)))
    )
    return (
        Dated("committed to the mark", readable(background.committed), OWNER),
        *_stamped("commitment", background.receipt_stamps),
        Dated("pictures marked", marked, OWNER),
        *_stamped("plan", background.plan_stamps),
        Dated(asked, readable(background.asked), OWNER),
    )


def vouched(
    backgrounds: Sequence[Background],
    *,
    beacons: Sequence[str | None],
    before: str = "the model was asked",
) -> list[Statement]:
    """Who vouches for the dates, pictures and randomness of the key, for one mark or several.

    Args:
        before: what came after the plan, as this kind of check calls it.
    """
    stamped = sum(bool(one.receipt_stamps) for one in backgrounds)
    planned = any(one.plan_stamps for one in backgrounds)
    return [
        Statement(
            "The commitment was made before the pictures were published",
            _who(stamped, len(backgrounds)),
        ),
        Statement(
            f"The plan was fixed before {before}",
            f"the authority that stamped it: check the stamp, and when {before}"
            if planned
            else f"{OWNER}: {NO_VAULT}"
            if not backgrounds
            else f"{OWNER}: there is no time stamp of the plan",
        ),
        Statement(
            "These pictures were published, and they carry the mark",
            f"{OWNER}, until the commitment is opened: then the published pictures can be compared"
            " with the mark",
        ),
        Statement(
            "The key was not chosen by trial",
            "whoever publishes the random value that was mixed in: look it up"
            if beacons and all(beacons)
            else "nobody: no public randomness was mixed in",
        ),
    ]


def _who(stamped: int, marks: int) -> str:
    if not marks:
        return f"{OWNER}: {NO_VAULT}"
    if stamped == marks:
        return (
            "the authority that stamped it: check the stamp, and when the pictures first appeared"
        )
    if stamped:
        return f"the authority that stamped it for {stamped} of {marks} marks; {OWNER} for the rest"
    return f"{OWNER}: there is no time stamp, so the date rests on it alone"


def _stamped(what: str, stamps: Sequence[KeptStamp]) -> tuple[Dated, ...]:
    if not stamps:
        return (Dated(f"{what} stamped", "never", f"nobody: its date rests on {OWNER}"),)
    return tuple(
        Dated(f"{what} stamped", str(one), "the authority, once you checked its stamp")
        for one in stamps
    )
