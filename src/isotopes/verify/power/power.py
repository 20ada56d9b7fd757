"""Before marking or asking: would the test find it, and what would it cost?

An expectation from measured effects, with the assumptions named where they are made. It helps to
choose a plan; it never decides a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import SequentialPlan
from isotopes.stats.exact.stopping import innocent_stopping
from isotopes.stats.result import Result
from isotopes.verify.methods.sequential import CALIBRATION
from isotopes.verify.power.effect_table import NUMBERS, EffectTable, MeasuredEffect, TrainingSetting
from isotopes.verify.power.model import MovedMarks, stopping_curve

FEWEST_PROBES = 5
MOST_PROBES = 2000
FORGIVEN = range(1, 9)  # h of the sequential plans that are tried


@dataclass(frozen=True)
class PowerResult(Result):
    """What `expected_power` found.

    Attributes:
        power: probability that the test detects such a mark in a model trained with it.
        low, high: 95 % interval for it, from how much models and marks differed when measured.
        plan: when the sequential test stops.
        probes: n, for the mark and for each decoy.
        queries_most: the maximum.
        queries_guilty, queries_innocent: expected if the model was trained with it, and where
            not.
        extrapolated: what of the setting lies outside all that was measured; if it is not
            empty, power and interval rest on a straight line drawn beyond its data.
        models: how many models the estimate rests on, near ones counting more.
        table: ``sha256:...`` of the measured effects.
    """

    kind: ClassVar[str] = "isotopes-power/1"
    power: float
    low: float
    high: float
    plan: SequentialPlan
    probes: int
    queries_most: int
    queries_guilty: float
    queries_innocent: float
    extrapolated: tuple[str, ...]
    models: float
    table: str


def expected_power(
    table: EffectTable,
    setting: TrainingSetting,
    plan: SequentialPlan,
    probes: int,
    rng: np.random.Generator,
    *,
    searched: int = 1,
) -> PowerResult:
    """How likely is the test to detect a mark like this, and how many queries will it take?

    Each measured mark is moved to the setting along slopes fitted to all rows of the family
    (asinh of the gain over the decoys' spread, against the logarithms of the setting's numbers);
    the chance that a decoy beats it follows from normal noise; the sequential test with that
    chance is followed exactly (`guilty_stopping`); and the marks are averaged, near settings
    weighing more (by exp(-d^2 / 2), d in doublings). The interval draws models with replacement
    and adds a Beta draw, so that few models that all detect don't pass for certainty.

    Args:
        table: measured effects.
        setting: what is planned.
        plan: of the test, with a level. A rank test with M decoys decides as a plan with maximum M
            and h = level * (M + 1) does, and costs all M.
        probes: n.
        rng: for the interval.
        searched: how many labels are searched; each may beat the mark by its own chance.

    Raises:
        PlanError: the family was not measured, or the plan has no level.

    Approximate: normal decoys, labels that vary independently, linear slopes.
    """
    model = MovedMarks(table.of_family(setting.family), setting)
    curve = stopping_curve(plan)
    weights = model.weights()
    detected, draws = model.outcomes(model.slopes(), curve, probes, searched)
    low, high = model.interval(curve, probes, searched, rng)
    fixed = _fixed(searched)
    return PowerResult(
        power=float(weights @ detected),
        low=low,
        high=high,
        plan=plan,
        probes=probes,
        queries_most=probes * (fixed + plan.maximum),
        queries_guilty=probes * (fixed + float(weights @ draws)),
        queries_innocent=probes * (fixed + float(innocent_stopping(plan).mean_draws)),
        extrapolated=_extrapolated(model.rows, setting),
        models=model.model_count(weights),
        table=table.digest,
    )


def best_within(
    table: EffectTable,
    setting: TrainingSetting,
    level: float,
    budget: int,
    rng: np.random.Generator,
    *,
    searched: int = 1,
) -> PowerResult:
    """Which plan makes the most of a budget of queries?

    Tries h = 1, 2, ... and takes as many probes as the budget allows in the worst case.

    Args:
        level: the most that the chance of accusing an innocent model may be.
        budget: queries; the others as `expected_power`.

    Raises:
        PlanError: the budget allows no plan that could reach the level.
    """
    fixed = _fixed(searched)
    model = MovedMarks(table.of_family(setting.family), setting)
    tried = []
    for h in FORGIVEN:
        plan = SequentialPlan.at_level(level, h)
        probes = min(MOST_PROBES, budget // (fixed + plan.maximum))
        if probes >= FEWEST_PROBES:
            tried.append((model.power(plan, probes, searched), plan, probes))
    if not tried:
        needed = FEWEST_PROBES * (fixed + SequentialPlan.at_level(level, 1).maximum)
        raise PlanError(
            f"a test at level {level:g} may need {needed} queries, got a budget of {budget}",
            hint="raise the budget or the level",
        )
    _, plan, probes = max(tried, key=lambda found: found[0])
    return expected_power(table, setting, plan, probes, rng, searched=searched)


def cheapest_for(
    table: EffectTable,
    setting: TrainingSetting,
    level: float,
    rng: np.random.Generator,
    *,
    wanted: float = 0.95,
    searched: int = 1,
) -> PowerResult | None:
    """Which plan reaches the wanted power with the fewest queries in the worst case?

    Args:
        wanted: power; the others as `best_within`.

    Returns:
        None if 2,000 probes and 8 exceedances don't reach it: more queries would not help,
        since unused marks differ however many probes one takes. More or more visible marks would.
    """
    fixed = _fixed(searched)
    model = MovedMarks(table.of_family(setting.family), setting)
    found = []
    for h in FORGIVEN:
        plan = SequentialPlan.at_level(level, h)
        probes = _fewest_probes(partial(_reaches, model, plan, searched, wanted))
        if probes is not None:
            found.append((probes * (fixed + plan.maximum), plan, probes))
    if not found:
        return None
    _, plan, probes = min(found, key=lambda one: one[0])
    return expected_power(table, setting, plan, probes, rng, searched=searched)


def _fixed(searched: int) -> int:
    """Batches of probes asked in any case: unmarked, marked, and decoys for the labels' scale."""
    return 2 + (CALIBRATION if searched > 1 else 0)


def _reaches(
    model: MovedMarks, plan: SequentialPlan, searched: int, wanted: float, probes: int
) -> bool:
    return model.power(plan, probes, searched) >= wanted


def _fewest_probes(enough: Callable[[int], bool]) -> int | None:
    """The smallest n that is enough, from 5 to 2,000, by halving."""
    low, high = FEWEST_PROBES, MOST_PROBES
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _extrapolated(rows: Sequence[MeasuredEffect], setting: TrainingSetting) -> tuple[str, ...]:
    outside = []
    for name in NUMBERS:
        measured = [getattr(row.setting, name) for row in rows]
        if not min(measured) <= getattr(setting, name) <= max(measured):
            outside.append(name)
    return tuple(outside)
