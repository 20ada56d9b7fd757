from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import SequentialPlan, sequential_rank_test
from isotopes.stats.exact.stopping import innocent_stopping
from isotopes.verify.power.effect_table import EffectTable, Gain, MeasuredEffect, TrainingSetting
from isotopes.verify.power.model import MovedMarks
from isotopes.verify.power.power import (
    PowerResult,
    best_within,
    cheapest_for,
    expected_power,
)

SETTING = TrainingSetting("gratings", 0.4, 0.1, 500, 100)
NOISY = Gain(gain=1.0, mark_noise=1.5, decoy_spread=0.3, decoy_noise=1.2)
PLAN = SequentialPlan.at_level(0.05, h=2)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def table(
    gains: list[float], setting: TrainingSetting = SETTING, gain: Gain = NOISY
) -> EffectTable:
    """One model for each gain."""
    rows = [
        MeasuredEffect(setting, replace(gain, gain=value), f"model {at}")
        for at, value in enumerate(gains)
    ]
    return EffectTable.of(rows, "by hand")


def test_against_simulated_tests() -> None:
    gains, probes, random = [0.2, 0.8, 1.6], 20, rng()
    detected, draws = [], []
    deviation = np.hypot(NOISY.decoy_spread, NOISY.decoy_noise / np.sqrt(probes))
    for gain in gains * 400:
        score = random.normal(gain, NOISY.mark_noise / np.sqrt(probes))
        found = sequential_rank_test(score, random.normal(0, deviation, PLAN.maximum), PLAN)
        detected.append(found.significant)
        draws.append(found.draws)
    expected = expected_power(table(gains), SETTING, PLAN, probes, rng())
    assert expected.power == pytest.approx(np.mean(detected), abs=0.04)
    simulated = probes * (2 + np.mean(draws))
    assert expected.queries_guilty == pytest.approx(simulated, rel=0.05)


def test_marks_that_no_model_learned_are_found_with_the_level() -> None:
    """A mark without a gain is one more decoy."""
    decoy = Gain(gain=0.0, mark_noise=1.0, decoy_spread=0.0, decoy_noise=1.0)
    found = expected_power(table([0.0] * 5, gain=decoy), SETTING, PLAN, 30, rng())
    assert found.power == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("searched", [1, 50])
def test_marks_that_no_decoy_beats(searched: int) -> None:
    found = expected_power(table([99.0] * 30), SETTING, PLAN, 25, rng(), searched=searched)
    fixed = 2 if searched == 1 else 22  # unmarked, marked and calibration
    assert found.power == pytest.approx(1)
    assert found.queries_most == 25 * (fixed + PLAN.maximum)
    assert found.queries_innocent == 25 * (fixed + innocent_stopping(PLAN).mean_draws)
    assert found.queries_guilty < found.queries_most  # it stops once the level is sure
    assert (found.extrapolated, found.models) == ((), pytest.approx(30))


def test_few_models_that_all_detect_are_no_certainty() -> None:
    few = expected_power(table([99.0] * 3), SETTING, PLAN, 25, rng())
    many = expected_power(table([99.0] * 60), SETTING, PLAN, 25, rng())
    assert few.low < 0.6
    assert many.low > 0.9


@settings(deadline=None, max_examples=30)
@given(
    gains=st.lists(st.floats(0, 4), min_size=2, max_size=8),
    more=st.floats(0.01, 3),
    searched=st.sampled_from([1, 10]),
)
def test_more_gain_and_more_probes_never_hurt_and_searching_never_helps(
    gains: list[float], more: float, searched: int
) -> None:
    def power(gains: list[float], probes: int, searched: int, gain: Gain = NOISY) -> float:
        rows = table(gains, gain=gain).rows
        return MovedMarks(rows, SETTING).power(PLAN, probes, searched)

    found = power(gains, 20, searched)
    assert found <= power([gain + more for gain in gains], 20, searched) + 1e-9
    assert found <= power(gains, 20, 1) + 1e-9
    steady = Gain(gain=0, mark_noise=0, decoy_spread=0.1, decoy_noise=1)
    assert power(gains, 10, searched, steady) <= power(gains, 40, searched, steady) + 1e-9


def test_between_what_was_measured_it_interpolates() -> None:
    faint, plain = replace(SETTING, alpha=0.2), replace(SETTING, alpha=0.4)
    weak, strong = table([0.4] * 6, faint), table([1.6] * 6, plain)
    rows = [*weak.rows, *(replace(row, model=row.model + "'") for row in strong.rows)]
    both = EffectTable.of(rows, "by hand")
    at = [
        expected_power(both, replace(SETTING, alpha=alpha), PLAN, 20, rng())
        for alpha in (0.2, 0.28, 0.4)
    ]
    ends = [
        expected_power(one, setting, PLAN, 20, rng()).power
        for one, setting in ((weak, faint), (strong, plain))
    ]
    assert [at[0].power, at[2].power] == pytest.approx(ends, abs=1e-6)
    assert at[0].power < at[1].power < at[2].power
    assert all(found.extrapolated == () for found in at)


def test_it_says_what_it_extrapolates() -> None:
    far = replace(SETTING, alpha=0.1, label_count=1000)
    found = expected_power(table([1.0, 2.0]), far, PLAN, 20, rng())
    assert found.extrapolated == ("alpha", "label_count")


def test_near_models_count_more() -> None:
    near, far = table([3.0] * 4), table([3.0] * 4, replace(SETTING, pictures=16 * 500))
    rows = [*near.rows, *(replace(row, model="far " + row.model) for row in far.rows)]
    found = expected_power(EffectTable.of(rows, "x"), SETTING, PLAN, 20, rng())
    assert found.models == pytest.approx(4, abs=0.01)


def test_rows_of_one_model_count_once() -> None:
    rows = [replace(row, model="the same") for row in table([1.0] * 9).rows]
    assert expected_power(EffectTable.of(rows, "x"), SETTING, PLAN, 20, rng()).models == 1


@pytest.mark.parametrize("budget", [600, 5000])
def test_a_budget_is_kept_and_well_spent(budget: int) -> None:
    effects = table([0.6, 1.0, 1.4])
    found = best_within(effects, SETTING, 0.05, budget, rng())
    assert found.queries_most <= budget
    for h in (1, 2, 4):
        plan = SequentialPlan.at_level(0.05, h)
        probes = budget // (2 + plan.maximum)
        if probes >= 5:
            other = expected_power(effects, SETTING, plan, probes, rng())
            assert other.power <= found.power + 1e-9


def test_a_budget_that_can_not_reach_the_level() -> None:
    with pytest.raises(PlanError, match="at level 0.01 may need 505 queries, got a budget of 504"):
        best_within(table([1.0]), SETTING, 0.01, 504, rng())
    assert best_within(table([1.0]), SETTING, 0.01, 505, rng()).queries_most == 505


def test_the_cheapest_plan_for_a_power() -> None:
    effects = table([0.9, 1.0, 1.1])
    found = cheapest_for(effects, SETTING, 0.05, rng(), wanted=0.9)
    assert found is not None
    assert found.power >= 0.9
    fewer = expected_power(effects, SETTING, found.plan, found.probes - 1, rng())
    assert fewer.power < 0.9
    assert best_within(effects, SETTING, 0.05, found.queries_most // 2, rng()).power < 0.9


def test_no_number_of_queries_makes_up_for_unused_marks_that_differ_as_much() -> None:
    hopeless = Gain(gain=0.1, mark_noise=1, decoy_spread=1, decoy_noise=1)
    assert cheapest_for(table([0.1] * 4, gain=hopeless), SETTING, 0.01, rng()) is None


def test_result_survives_json() -> None:
    found = expected_power(table([1.0, 2.0]), SETTING, PLAN, 20, rng())
    assert PowerResult.from_dict(found.to_dict()) == found


def test_what_has_no_power() -> None:
    with pytest.raises(PlanError, match="no effect of family 'dots'"):
        expected_power(table([1.0]), replace(SETTING, family="dots"), PLAN, 20, rng())
    with pytest.raises(PlanError, match="needs decoys that differ, got a spread of 0"):
        still = Gain(gain=1, mark_noise=1, decoy_spread=0, decoy_noise=0)
        expected_power(table([1.0], gain=still), SETTING, PLAN, 20, rng())
