"""How much learned marks raise their label: the data that power is computed from.

A table holds one row for each marked label of each guilty model that was measured. A benchmark
writes it with `bench.record` (``{"command", "rows", ...}``); a row's fields are those of
`MeasuredEffect` without nesting (`measure_effect(...).to_row()`). The table that `isotopes plan`
reads lies beside this module.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import FolderError, PlanError
from isotopes.stats.scores.statistic import log_odds
from isotopes.verify.power.measured import MeasuredTable

INSTALLED = Path(__file__).with_name("effects.json")
NUMBERS = ("alpha", "mark_fraction", "pictures", "label_count")


@dataclass(frozen=True)
class TrainingSetting:
    """The factors of how well a model learns a mark that its owner knows.

    Attributes:
        family: of the mark.
        alpha: visibility, in (0, 1].
        mark_fraction: fraction of the label's pictures that carry the mark, in (0, 1].
        pictures: how many pictures the label has.
        label_count: how many labels the model has.
    """

    family: str
    alpha: float
    mark_fraction: float
    pictures: int
    label_count: int

    def __post_init__(self) -> None:
        for name in NUMBERS:
            if not getattr(self, name) > 0:
                raise PlanError(f"{name} must be above 0, got {getattr(self, name):g}")
        for name in ("alpha", "mark_fraction"):
            if getattr(self, name) > 1:
                raise PlanError(f"{name} must be at most 1, got {getattr(self, name):g}")

    @property
    def logarithms(self) -> NDArray[np.float64]:
        """Its numbers in doublings, in the order of `NUMBERS`."""
        return np.log2([float(getattr(self, name)) for name in NUMBERS])


@dataclass(frozen=True)
class Gain:
    """How far one mark stands out for its label, on one statistic.

    Attributes:
        gain: its mean score over the probes less the decoys' mean.
        mark_noise: standard deviation of that gain from probe to probe.
        decoy_spread: standard deviation of the decoys' mean scores if there were endless probes:
            what makes unused marks differ, and no number of probes averages out.
        decoy_noise: standard deviation of a decoy's score from probe to probe, beyond what the
            probe does to all decoys.
    """

    gain: float
    mark_noise: float
    decoy_spread: float
    decoy_noise: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (isinstance(value, int | float) and math.isfinite(value)):
                raise PlanError(f"{name} must be a finite number, got {value!r}")


@dataclass(frozen=True)
class MeasuredEffect:
    """One marked label of one guilty model.

    Attributes:
        setting, gain: what was done and what came of it.
        model: which model; rows of one model are not independent.
    """

    setting: TrainingSetting
    gain: Gain
    model: str

    def to_row(self) -> dict[str, Any]:
        """As a row of the table."""
        return {**asdict(self.setting), **asdict(self.gain), "model": self.model}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> MeasuredEffect:
        """Read a row; fields of other names are comments."""
        setting = TrainingSetting(**{f.name: row[f.name] for f in fields(TrainingSetting)})
        return cls(setting, Gain(**{f.name: row[f.name] for f in fields(Gain)}), row["model"])


class EffectTable(MeasuredTable[MeasuredEffect]):
    """Measured effects."""

    what: ClassVar[str] = "effects"

    def of_family(self, family: str) -> tuple[MeasuredEffect, ...]:
        """The rows of one family.

        Raises:
            PlanError: it was not measured.
        """
        rows = tuple(row for row in self.rows if row.setting.family == family)
        if not rows:
            known = sorted({row.setting.family for row in self.rows})
            raise PlanError(
                f"no effect of family {family!r} was measured: nothing can be expected of it here",
                hint=f"measured: {', '.join(known)} (--family)",
            )
        return rows


def measure_gain(scores: NDArray[np.float64]) -> Gain:
    """How far does this mark stand out from its decoys?

    Args:
        scores: one label's scores on its allowed probes, shape (1 + decoys, probes), the mark
            first; log-odds, whose decoys are closest to normal.

    Raises:
        PlanError: fewer than 2 decoys or probes.

    The decoys' variance is parted into marks, probes and the rest by the two-way analysis of
    variance without repetition; an estimate below 0 is 0.
    """
    decoys, probes = scores.shape[0] - 1, scores.shape[1]
    if decoys < 2 or probes < 2:
        raise PlanError(
            f"a gain needs at least 2 decoys and 2 probes, got {decoys} decoys and {probes} probes"
        )
    usual = scores[1:].mean(axis=0)
    gains = scores - usual
    means = gains[1:].mean(axis=1)
    rest = gains[1:] - means[:, None]
    noise = float((rest**2).sum()) / ((decoys - 1) * (probes - 1))
    between = float(means.var(ddof=1)) - noise / probes
    return Gain(
        gain=float(gains[0].mean()),
        mark_noise=float(gains[0].std(ddof=1)),
        decoy_spread=math.sqrt(max(0.0, between)),
        decoy_noise=math.sqrt(noise),
    )


def measure_effect(
    setting: TrainingSetting,
    model: str,
    answers: NDArray[np.floating[Any]],
    column: int,
    allowed: NDArray[np.bool_],
) -> MeasuredEffect:
    """One row of the table, from what a guilty model answered.

    Args:
        setting: how the mark was put into the model's data.
        model: whatever tells this model from the others, such as its digest.
        answers: probabilities, shape (1 + decoys, probes, labels), the mark first; NaN if a
            label was not returned.
        column: the label that the mark was published under.
        allowed: which probes count for it, bool, shape (probes,) (`allowed_probes`).

    Raises:
        PlanError: fewer than 2 decoys or allowed probes.
    """
    of_label = np.asarray(answers[:, allowed, column], dtype=np.float64)
    return MeasuredEffect(setting, measure_gain(log_odds(of_label)), model)


def load_effects(path: Path = INSTALLED) -> EffectTable:
    """Read a table that a benchmark wrote.

    Raises:
        FolderError: there is no such file.
        PlanError: it holds no table of effects.
    """
    if path == INSTALLED and not path.exists():
        raise FolderError(
            "no table of measured effects comes with this release",
            hint="measure one in a checkout (python -m bench.calibration), or give --table FILE",
        )
    return EffectTable.load(path, MeasuredEffect.from_row)
