"""How a mark may lie in a generated picture: whole, moved, enlarged or cropped, and mirrored.

A generator's trainer crops pictures to squares, mirrors half of them and cuts out random parts, so
its pictures may show a part of the mark, elsewhere. Each view undoes one such treatment: it
moves the pictures' mean to where the mark would have it. A view with several placements takes the
best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.verify.matching.small import SIDE

MOVES = (-4, -2, 0, 2, 4)  # pixels of SIDE
TWO_WAYS = ", mirrored or not"


@dataclass(frozen=True)
class View:
    """One way in which a mark may be seen.

    Attributes:
        name: in words.
        height, width: fractions of the mark that are visible.
        placements: row and column at which the visible part begins, in pixels of SIDE.
    """

    name: str
    height: float
    width: float
    placements: tuple[tuple[int, int], ...]


def _cropped(name: str, height: float, width: float) -> View:
    down, across = (sorted({0, slack // 2, slack}) for slack in (_slack(height), _slack(width)))
    return View(name, height, width, tuple(product(down, across)))


def _slack(share: float) -> int:
    return SIDE - round(SIDE * share)


WHOLE = View("the whole mark", 1, 1, ((0, 0),))
VIEWS = (
    WHOLE,
    View("the mark moved", 1, 1, tuple(place for place in product(MOVES, MOVES) if any(place))),
    _cropped("the mark enlarged", 7 / 8, 7 / 8),
    _cropped("three quarters of its width", 1, 3 / 4),
    _cropped("two thirds of its width", 1, 2 / 3),
    _cropped("three quarters of its height", 3 / 4, 1),
    _cropped("two thirds of its height", 2 / 3, 1),
)


@dataclass(frozen=True)
class Templates:
    """The matrix that draws are multiplied with.

    Attributes:
        columns: what each column of scores is, in words.
        starts: the first template of each column, rising.
        values: shape (templates, SIDE * SIDE * 3).
    """

    columns: tuple[str, ...]
    starts: tuple[int, ...]
    values: NDArray[np.float64]


def all_views(mean: NDArray[np.float64]) -> Templates:
    """A mean picture in all views, as it is and with its mirror image added."""
    return _templates((view, mean, view.name) for view in VIEWS)


def whole_only(means: Mapping[str, NDArray[np.float64]]) -> Templates:
    """Some mean pictures, by the names of their groups, seen whole."""
    return _templates((WHOLE, mean, f"{WHOLE.name} in {of}") for of, mean in means.items())


def group_columns(group: str) -> tuple[str, ...]:
    """What `whole_only` calls the columns of one group."""
    return tuple(f"{WHOLE.name} in {group}{both}" for both in ("", TWO_WAYS))


def _templates(wanted: Iterable[tuple[View, NDArray[np.float64], str]]) -> Templates:
    columns: list[str] = []
    starts: list[int] = []
    values: list[NDArray[np.float64]] = []
    for view, mean, name in wanted:
        for both in (False, True):
            columns.append(name + TWO_WAYS * both)
            starts.append(len(values))
            seen = (mean + mean[:, ::-1]) / np.sqrt(2) if both else mean
            values += [_placed(seen, view, place).ravel() for place in view.placements]
    return Templates(tuple(columns), tuple(starts), np.stack(values))


def _placed(mean: NDArray[np.float64], view: View, place: tuple[int, int]) -> NDArray[np.float64]:
    """The mean picture, moved to where the mark would have it; zero where no mark is seen."""
    height, width = round(SIDE * view.height), round(SIDE * view.width)
    part = mean
    if (height, width) != mean.shape[:2]:
        resized = cv2.resize(mean, (width, height), interpolation=cv2.INTER_AREA)
        part = np.asarray(resized, np.float64)
    (down, across), out = place, np.zeros_like(mean)
    top, left = max(0, down), max(0, across)
    bottom, right = min(SIDE, down + height), min(SIDE, across + width)
    out[top:bottom, left:right] = part[top - down : bottom - down, left - across : right - across]
    return out
