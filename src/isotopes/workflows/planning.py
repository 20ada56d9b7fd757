"""Plan before marking or asking: what will a check find, and how many queries will it take?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from isotopes.defaults import DECOYS
from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import SequentialPlan
from isotopes.stats.result import Result
from isotopes.verify.methods.method import Wishes
from isotopes.verify.methods.sequential import CALIBRATION, Sequential
from isotopes.verify.power.effect_table import EffectTable, TrainingSetting
from isotopes.verify.power.power import PowerResult, best_within, cheapest_for, expected_power

WANTED = 0.95


@dataclass(frozen=True)
class Planned(Result):
    """What a person may expect of a check.

    Attributes:
        setting: what is planned.
        level: the most that the chance of accusing an innocent model may be.
        searched: how many labels are searched; 1 if one is named.
        wanted: the power that `cheapest` reaches.
        budget: the most queries; None if there is no limit.
        usual: the sequential test as `isotopes check` takes it by default.
        best: the plan that makes the most of the budget; None if there is none.
        cheapest: the plan with the fewest queries at most that reaches `wanted`; None if no
            number of queries does.
        command: what was typed to measure the effects that all this rests on.
    """

    kind: ClassVar[str] = "isotopes-planned/1"
    setting: TrainingSetting
    level: float
    searched: int
    wanted: float
    budget: int | None
    usual: PowerResult
    best: PowerResult | None
    cheapest: PowerResult | None
    command: str


def plan_ahead(
    table: EffectTable,
    setting: TrainingSetting,
    *,
    level: float = Sequential.level,
    search: bool = False,
    budget: int | None = None,
    wanted: float = WANTED,
) -> Planned:
    """How likely is a check to detect such a mark, and how many queries will it take?

    The intervals come from a fixed seed, so that the same question has the same answer.

    Args:
        table: measured effects.
        setting: what is planned.
        level: the most that the chance of accusing an innocent model may be.
        search: no label is named, so that all of the model's labels are searched.
        budget: the most queries; None for no limit.
        wanted: the power that queries are counted for.

    Raises:
        PlanError: a family that was not measured, numbers that can't be, or a budget within which
            no plan could reach the level.
    """
    if not 0 < wanted < 1:
        raise PlanError(f"the wanted power must be above 0 and below 1, got {wanted:g}")
    searched = setting.label_count if search else 1
    rng = np.random.default_rng(0)
    stops = _usual_stops(level, search)
    usual = expected_power(table, setting, stops, Sequential.probes, rng, searched=searched)
    best = None
    if budget is not None:
        best = best_within(table, setting, level, budget, rng, searched=searched)
    cheapest = cheapest_for(table, setting, level, rng, wanted=wanted, searched=searched)
    return Planned(setting, level, searched, wanted, budget, usual, best, cheapest, table.command)


def decoys_asked(found: PowerResult, searched: int) -> int:
    """How many decoys must be committed to for this plan."""
    return found.plan.maximum + (CALIBRATION if searched > 1 else 0)


def _usual_stops(level: float, search: bool) -> SequentialPlan:
    """When the test stops with as many decoys as an isotope commits to, or as its level needs."""
    fewest = SequentialPlan.at_level(level, 1).maximum
    decoys = max(DECOYS, fewest + (CALIBRATION if search else 0))
    found = Sequential().arrange(Wishes(level, decoys, search))
    counted = found.decoys - int(found.settings["calibration"])
    return SequentialPlan(int(found.settings["h"]), counted, level)
