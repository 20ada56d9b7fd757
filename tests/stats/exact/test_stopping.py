from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binom

from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import SequentialPlan, sequential_rank_test
from isotopes.stats.exact.stopping import guilty_stopping, innocent_stopping

PLANS = [
    SequentialPlan(1, 6, 0.2),
    SequentialPlan(2, 6, 0.3),
    SequentialPlan(3, 6, 0.5),
    SequentialPlan(4, 6, 0.15),
]


@pytest.mark.parametrize("plan", PLANS)
def test_innocent_law_against_every_order(plan: SequentialPlan) -> None:
    draws = np.zeros(plan.maximum + 1)
    detected = []
    for order in itertools.permutations(range(plan.maximum + 1)):
        found = sequential_rank_test(order[0], np.array(order[1:], float), plan)
        draws[found.draws] += 1
        detected.append(found.significant)
    law = innocent_stopping(plan)
    np.testing.assert_allclose(law.draws, draws / draws.sum())
    assert law.power == pytest.approx(np.mean(detected))


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("chance", [0.0, 0.1, 0.5, 1.0])
def test_guilty_law_against_every_sequence(plan: SequentialPlan, chance: float) -> None:
    draws = np.zeros(plan.maximum + 1)
    power = 0.0
    for beats in itertools.product([0, 1], repeat=plan.maximum):
        weight = np.prod([chance if beat else 1 - chance for beat in beats])
        found = sequential_rank_test(0.5, np.array(beats, float), plan)
        draws[found.draws] += weight
        power += weight * found.significant
    law = guilty_stopping(plan, chance)
    np.testing.assert_allclose(law.draws, draws, atol=1e-12)
    assert law.power == pytest.approx(power)


@pytest.mark.parametrize("h", [1, 2, 5])
def test_power_is_that_of_the_rank_test(h: int) -> None:
    plan = SequentialPlan.at_level(0.01, h)
    chance = np.array([0.0, 0.001, 0.01, 0.1])
    np.testing.assert_allclose(
        guilty_stopping(plan, chance).power, binom.cdf(h - 1, plan.maximum, chance), atol=1e-12
    )


@pytest.mark.parametrize("h", [1, 2, 3])
def test_an_innocent_model_is_accused_with_the_level_and_costs_few_decoys(h: int) -> None:
    law = innocent_stopping(SequentialPlan.at_level(0.01, h))
    assert law.power == pytest.approx(0.01)
    assert law.mean_draws < 0.06 * (h / 0.01)
    assert law.quantile(0.5) <= 3 * h


def test_quantiles_of_a_law_that_is_sure() -> None:
    law = guilty_stopping(SequentialPlan.at_level(0.05, 1), [0.0, 1.0])
    np.testing.assert_array_equal(law.quantile(0.5), [19, 1])
    np.testing.assert_array_equal(law.quantile(1.0), [19, 1])
    np.testing.assert_allclose(law.mean_draws, [19, 1])


def test_what_has_no_law() -> None:
    with pytest.raises(PlanError, match="a plan with a level, got none"):
        innocent_stopping(SequentialPlan(1, 9))
    with pytest.raises(PlanError, match=r"must be in \[0, 1\]"):
        guilty_stopping(SequentialPlan(1, 9, 0.1), [0.5, 1.5])
