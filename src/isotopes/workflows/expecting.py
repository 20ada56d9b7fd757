"""Before marking: how many pictures, how visibly, and will a check of them find the mark?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from isotopes.errors import PlanError
from isotopes.marks import get_family
from isotopes.stats.result import Result
from isotopes.verify.power.own_pictures import (
    REACH,
    Chance,
    Marking,
    MeasuredMarks,
    chance_of_finding,
    load_marks,
)

SHARES = (1.0, 0.5, 0.1)  # all, half and a tenth of a person's pictures
WANTED = 0.8


@dataclass(frozen=True)
class Expected(Result):
    """What a person can expect from marking some of their pictures.

    Attributes:
        family: of the mark.
        pictures: how many there are, all under one label.
        visibilities: alpha by word, the least visible first.
        usual: the word for what `isotopes mark` does by default; None if this was
            not asked about.
        chances: for each share and visibility that was measured, in that order.
        wanted: a power.
        fewest: by visibility, the fewest marked pictures that reach it, as far as was measured;
            None if not even all of them do.
        rows, models: how many marks in how many models the table has of the family.
        command: what was typed to measure them.
    """

    kind: ClassVar[str] = "isotopes-expected/1"
    family: str
    pictures: int
    visibilities: dict[str, float]
    usual: str | None
    chances: tuple[Chance, ...]
    wanted: float
    fewest: dict[str, int | None]
    rows: int
    models: int
    command: str

    def chance(self, share: float, visibility: str) -> Chance | None:
        """The chance for one share and one visibility; None if nothing like it was measured."""
        alpha = self.visibilities[visibility]
        for one in self.chances:
            if (one.marking.share, one.marking.alpha) == (share, alpha):
                return one
        return None


def expect(
    pictures: int,
    family: str,
    *,
    visibilities: Mapping[str, float] | None = None,
    shares: tuple[float, ...] = SHARES,
    wanted: float = WANTED,
    table: MeasuredMarks | None = None,
) -> Expected:
    """Will a check of your own pictures find the mark, for so many pictures and so visible a mark?

    For the usual check: two stages, own pictures, no label given, level 0.01.

    Args:
        pictures: that the model learns under one label, marked or not.
        visibilities: alphas by any name; None for the family's own words.
        shares: of the pictures that carry the mark.
        wanted: the power that pictures are counted for.
        table: measured marks; None for those that come with this release.

    Raises:
        PlanError: numbers that can't be, or a family of which nothing near this was measured.
    """
    if not 0 < wanted < 1:
        raise PlanError(f"the wanted power must be above 0 and below 1, got {wanted:g}")
    if pictures < 1:
        raise PlanError(f"a plan needs at least 1 picture, got {pictures}")
    measured = load_marks() if table is None else table
    maker = get_family(family)
    words = dict(maker.visibilities if visibilities is None else visibilities)
    asked = [
        Marking(family, alpha, share, pictures) for share in shares for alpha in words.values()
    ]
    chances = tuple(one for one in (chance_of_finding(measured, each) for each in asked) if one)
    rows = measured.of_family(family)
    if not chances:
        raise _unknown(measured, family, pictures)
    return Expected(
        family,
        pictures,
        words,
        maker.usual if maker.usual in words else None,
        chances,
        wanted,
        {word: _fewest(measured, family, alpha, pictures, wanted) for word, alpha in words.items()},
        len(rows),
        len({row.model for row in rows}),
        measured.command,
    )


def _fewest(
    table: MeasuredMarks, family: str, alpha: float, pictures: int, wanted: float
) -> int | None:
    """From all of them down to the least share that was measured, while the power is reached."""
    shares = [
        row.marking.share
        for row in table.of_family(family)
        if abs(math.log2(row.marking.alpha / alpha)) <= REACH["alpha"]
    ]
    least = math.ceil(min(shares, default=1.0) * pictures)
    enough = None
    for marked in range(pictures, least - 1, -max(1, pictures // 20)):
        found = chance_of_finding(table, Marking(family, alpha, marked / pictures, pictures))
        if found is None or found.power < wanted:
            break
        enough = marked
    return enough


def _unknown(table: MeasuredMarks, family: str, pictures: int) -> PlanError:
    rows = table.of_family(family)
    if not rows:
        return PlanError(
            f"nobody has measured how well a check of own pictures finds {family!r}",
            hint=f"measured for that: {', '.join(table.families)}; for checks with other people's"
            " pictures: --others-pictures",
        )
    counts = [row.marking.pictures for row in rows]
    alphas = sorted({row.marking.alpha for row in rows})
    measured = (
        f"labels of {min(counts)} to {max(counts)} pictures with marks of strength"
        f" {', '.join(f'{alpha:g}' for alpha in alphas)}"
    )
    if len({row.model for row in rows}) == 1:
        return PlanError(
            f"{family} was measured in a single model, which is too little to say what to expect of"
            " others",
            hint=f"that model learned {measured}, and the usual check found"
            f" {sum(row.found for row in rows) / len(rows):.0%} of these marks",
        )
    return PlanError(
        f"marks like these on about {pictures} pictures were not measured in two models or more, so"
        " nothing can be expected of them",
        hint=f"measured: {measured}",
    )
