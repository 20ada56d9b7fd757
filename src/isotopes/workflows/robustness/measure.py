"""Is the mark still in changed pictures? A matched filter against decoys, without any model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.errors import FolderError, TooFewDecoys
from isotopes.marks import Family, Mark, get_family
from isotopes.photos import Fate, read_picture, scan
from isotopes.seeds import fresh_bytes
from isotopes.stats.independence import CorrelationResult, carries_test
from isotopes.targets import Picture
from isotopes.vault import Isotope
from isotopes.verify.asking.correlations import correlate_changes
from isotopes.workflows.marking.looking import LOOKED_AT, alpha_of
from isotopes.workflows.robustness.changes import CHANGES, Change, chain

DECOYS = 99
# Faint marks were found in 56 of 66 trials where 0.9 or more was left, in 24 of 42 where about 0.7
# was, and in 7 of 18 where 0.45 was (docs/robustness.md).
NEARLY_ALL, HALF = 0.9, 0.5
PHOTOS = 5  # of an isotope's: enough to tell, in seconds


class Kept(StrEnum):
    """How much of a mark is left after a change."""

    NEARLY_ALL = "nearly all"
    PART = "a part"
    LITTLE = "little"


@dataclass(frozen=True)
class Survival:
    """What a change leaves of a mark.

    Attributes:
        change: its name.
        left: how strongly the mark correlates with what it did to the changed pictures, as a share
            of that in unchanged ones: 1 if nothing is lost, about 0 if it is gone.
        found: the matched filter's test against decoys.
    """

    change: str
    left: float
    found: CorrelationResult

    @property
    def kept(self) -> Kept:
        """Little if less than half is left, or some decoy correlates as much."""
        if self.left < HALF or not self.found.highest:
            return Kept.LITTLE
        return Kept.NEARLY_ALL if self.left >= NEARLY_ALL else Kept.PART


def photo_survival(photo: Path, family: str, visibility: str | None = None) -> list[Survival]:
    """What changes would leave of a mark like this in one photo; the mark is a fresh draw.

    Args:
        visibility: a word of the family; None for its usual one.

    Raises:
        PhotoError: it can't be read.
        MarkError: no such family or word.
    """
    root, maker = fresh_bytes(), get_family(family)
    alpha = alpha_of(visibility, family)
    return measure_survival([read_picture(photo)], lambda at: maker.draw(root, at), alpha)


def left_on_the_way(photo: Path, family: Family, alpha: float) -> list[Survival]:
    """What the usual ways of a picture, of `changes/chain.py`, leave of such a mark.

    For a choice, before anything is marked: by a key that no published picture carries.

    Raises:
        PhotoError: it can't be read.
        MarkError: the mark or its decoys can't be drawn.
    """
    decoys = DECOYS if family.size is None else min(DECOYS, family.size - 1)
    if not (family.exchangeable and decoys):
        return []  # nothing to compare with
    draw = partial(family.draw, LOOKED_AT)
    return measure_survival([read_picture(photo)], draw, alpha, decoys, chain.CHANGES)


def isotope_survival(isotope: Isotope) -> list[Survival]:
    """What changes leave of an isotope's own mark, in the first pictures that it was made for.

    Raises:
        FolderError: the pictures are not where they were marked.
        TooFewDecoys: it was committed without decoys.
    """
    pictures = _pictures_of(isotope)
    return measure_survival(pictures, isotope.draw, isotope.alpha, min(DECOYS, isotope.decoys))


def measure_survival(
    pictures: Sequence[Picture],
    draw: Callable[[int], Mark],
    alpha: float,
    decoys: int = DECOYS,
    changes: Mapping[str, Change] = CHANGES,
) -> list[Survival]:
    """What each change leaves of the mark in these pictures.

    A picture is changed with the mark and without it. The difference is compared with the mark and
    with decoys as a check would ask about them: upright, and stretched over the whole picture. So a
    crop or a mirror image, which moves the pattern, costs what it costs a model that learns it.

    Args:
        pictures: originals, uint8, each (height, width, 3).
        draw: gives the mark for 0 and decoy i for i.
        alpha: as the mark was put in.
        changes: by name.

    Raises:
        TooFewDecoys: not one decoy.
    """
    if decoys < 1:
        raise TooFewDecoys(f"a matched filter needs at least 1 decoy to compare with, got {decoys}")
    draws = [draw(at) for at in range(1 + decoys)]
    marked = [blend(picture, draws[0], alpha) for picture in pictures]

    def correlated(change: Change) -> NDArray[np.float64]:
        after = [change(picture) for picture in marked]
        before = [change(picture) for picture in pictures]
        return np.asarray(correlate_changes(after, draws, before).mean(axis=0))

    whole = _lead(correlated(lambda picture: picture))
    found = []
    for name, change in changes.items():
        seen = correlated(change)
        left = _lead(seen) / whole if whole > 0 else 0.0
        found.append(Survival(name, left, carries_test(seen, len(pictures))))
    return found


def _lead(seen: NDArray[np.float64]) -> float:
    """How much more the mark correlates than the decoys do on average."""
    return float(seen[0] - seen[1:].mean())


def _pictures_of(isotope: Isotope) -> list[Picture]:
    folder = Path(isotope.source)
    if isotope.source and folder.is_dir():
        markable = (one for one in scan(folder) if one.fate is Fate.MARKABLE)
        pictures = [read_picture(folder / one.name) for one in islice(markable, PHOTOS)]
        if pictures:
            return pictures
    raise FolderError(
        f"the pictures that isotope {isotope.name} was made for are not where they were",
        hint="isotopes robustness PHOTO measures one picture",
    )
