"""How likely does a check of your own pictures find the mark, judged by marks that were measured?

A table holds one row for each marked label of each model that was trained for it. A row says how
the label was marked, and in what fraction of ten default checks (two stages, own pictures, no label
given) the mark was found. `python -m bench.own_pictures` writes it; the copy that `isotopes plan`
reads lies beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import FolderError, PlanError
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.result import Result
from isotopes.verify.power.measured import MeasuredTable, effective_count

MEASURED = Path(__file__).with_name("own_pictures.json")
# How far, in doublings, a measured mark may lie from what is asked and still count for much. Small
# where it was measured at a few values only, so that others hardly mix in.
REACH = {"alpha": 0.25, "share": 0.5, "pictures": 1.0}
FAR = 1.01  # of these: what lies farther off every measured mark is not answered
REPEATS = 2000  # of the bootstrap

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Marking:
    """How one label's pictures are marked.

    Attributes:
        family: of the mark.
        alpha: visibility, in (0, 1].
        share: of the label's pictures that carry the mark, in (0, 1].
        pictures: how many pictures the label has, marked or not.
    """

    family: str
    alpha: float
    share: float
    pictures: int

    def __post_init__(self) -> None:
        for name, value in (("alpha", self.alpha), ("share", self.share)):
            if not 0 < value <= 1:
                raise PlanError(f"{name} must be above 0 and at most 1, got {value:g}")
        if self.pictures < 1:
            raise PlanError(f"a label must have at least 1 picture, got {self.pictures}")

    @property
    def marked(self) -> int:
        """How many pictures carry the mark, at least 1."""
        return max(1, round(self.share * self.pictures))

    @property
    def place(self) -> Values:
        """Its numbers in units of `REACH`."""
        return np.array([np.log2(getattr(self, name)) / REACH[name] for name in REACH])


@dataclass(frozen=True)
class MeasuredMark:
    """One marked label of one model.

    Attributes:
        marking: how it was marked.
        found: fraction of the checks that found the mark, in [0, 1].
        model: which model; marks of one model are not independent.
    """

    marking: Marking
    found: float
    model: str

    def to_row(self) -> dict[str, Any]:
        """As a row of the table."""
        return {**asdict(self.marking), "found": self.found, "model": self.model}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> MeasuredMark:
        """Read a row; fields of other names are comments."""
        marking = Marking(**{f.name: row[f.name] for f in fields(Marking)})
        if not 0 <= row["found"] <= 1:
            raise PlanError(f"found must be in [0, 1], got {row['found']!r}")
        return cls(marking, float(row["found"]), str(row["model"]))


class MeasuredMarks(MeasuredTable[MeasuredMark]):
    """A table of measured marks."""

    what: ClassVar[str] = "measured marks"

    def of_family(self, family: str) -> tuple[MeasuredMark, ...]:
        """The rows of one family; none if it was not measured."""
        return tuple(row for row in self.rows if row.marking.family == family)

    @property
    def families(self) -> list[str]:
        """Those that were measured."""
        return sorted({row.marking.family for row in self.rows})


@dataclass(frozen=True)
class Chance(Result):
    """What `chance_of_finding` found.

    Attributes:
        marking: what was asked.
        power: chance that the usual check finds the mark in a model trained with it.
        low, high: 95 % interval for it.
        marks, models: how many measured marks, in how many models, it rests on, near ones counting
            more.
    """

    kind: ClassVar[str] = "isotopes-chance/1"
    marking: Marking
    power: float
    low: float
    high: float
    marks: float
    models: float


def chance_of_finding(table: MeasuredMarks, marking: Marking) -> Chance | None:
    """Will the usual check find such a mark in a model that was trained with it?

    The mean over measured marks, near ones weighing more: exp(-d^2 / 2), with d in units of
    `REACH`. No line is drawn beyond what was measured. The interval draws models with replacement,
    since marks of one model are not independent, and then from a Beta distribution, so that a few
    marks that were all found don't pass for certainty.

    Returns:
        None if nothing like it was measured: every mark of the family is more than `FAR` units
        away, or all that are near belong to one model.
    """
    rows = table.of_family(marking.family)
    if not rows:
        return None
    distances = np.stack([row.marking.place for row in rows]) - marking.place
    squares = (distances**2).sum(axis=1)
    if squares.min() > FAR**2:
        return None
    weights = np.exp(-squares / 2)
    names = np.unique([row.model for row in rows], return_inverse=True)[1].reshape(-1)
    models = effective_count(np.bincount(names, weights).astype(np.float64))
    if models < 1.5:
        return None
    found = np.array([row.found for row in rows])
    low, high = _interval(weights, found, names)
    mean = float(weights @ found / weights.sum())
    return Chance(marking, mean, low, high, effective_count(weights), models)


def load_marks(path: Path | None = None) -> MeasuredMarks:
    """Read a table that `python -m bench.own_pictures` wrote.

    Args:
        path: None for the one that comes with this release.

    Raises:
        FolderError: there is no such file.
        PlanError: it holds no table of measured marks.
    """
    if path is None and not MEASURED.exists():
        raise FolderError(
            "nobody has measured yet how well a check of own pictures finds these marks, so nothing"
            " can be promised",
            hint="measure it in a checkout: python -m bench.own_pictures --fill",
        )
    return MeasuredMarks.load(path or MEASURED, MeasuredMark.from_row)


def _interval(weights: Values, found: Values, models: NDArray[np.intp]) -> tuple[float, float]:
    rng = np.random.default_rng(0)  # the same question has the same answer
    count = int(models.max()) + 1
    drawn = rng.integers(count, size=(REPEATS, count))
    times = np.stack([np.bincount(one, minlength=count) for one in drawn])[:, models] * weights
    # Where no model that is near was drawn, the draw says nothing.
    times = times[times.sum(axis=1) > weights.sum() / (10 * count)]
    means = np.clip(times @ found / times.sum(axis=1), 0, 1)
    marks = times.sum(axis=1) ** 2 / (times**2).sum(axis=1)
    chances = rng.beta(marks * means + 0.5, marks * (1 - means) + 0.5)
    low, high = np.quantile(chances, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
