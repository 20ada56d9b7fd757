from __future__ import annotations

import doctest
import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isotopes.errors import AnswerError, PlanError, TooFewDecoys
from isotopes.stats.exact import sequential
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.exact.sequential import (
    SequentialPlan,
    SequentialRankTest,
    SequentialRankTestResult,
    sequential_rank_test,
    sequential_rank_test_over_labels,
)

SMALL = [(h, maximum) for maximum in range(1, 7) for h in range(1, min(maximum, 3) + 1)]
LEVELS = (0.05, 0.15, 0.2, 0.3, 0.34, 0.5, 0.7)


def orders(maximum: int) -> Iterator[tuple[float, np.ndarray]]:
    """Every order in which the mark and its decoys may come, all equally likely when innocent."""
    for scores in itertools.permutations(range(maximum + 1)):
        yield float(scores[0]), np.array(scores[1:], dtype=float)


def besag_clifford(score: float, decoys: np.ndarray, h: int) -> float:
    """Their p-value, straight from the article."""
    as_high = (decoys >= score).cumsum()
    if as_high[-1] >= h:
        return h / (1 + int(np.flatnonzero(as_high == h)[0]))
    return (as_high[-1] + 1) / (len(decoys) + 1)


def running(score: float, decoys: np.ndarray, plan: SequentialPlan) -> list[float]:
    """The p-value after each draw, the first before any."""
    test = SequentialRankTest(score, plan)
    seen = [test.state.pvalue]
    for decoy in decoys:
        if test.state.finished:
            break
        seen.append(test.update(decoy).pvalue)
    return seen


@pytest.mark.parametrize(("h", "maximum"), SMALL)
def test_against_besag_and_clifford_for_every_order(h: int, maximum: int) -> None:
    for score, decoys in orders(maximum):
        found = sequential_rank_test(score, decoys, SequentialPlan(h, maximum))
        assert found.finished
        assert found.pvalue == besag_clifford(score, decoys, h)


@pytest.mark.parametrize(("h", "maximum"), SMALL)
def test_exact_over_all_orders(h: int, maximum: int) -> None:
    """P(pvalue <= a) is a for each a that the p-value can take: not just at most."""
    plan = SequentialPlan(h, maximum)
    found = np.array([sequential_rank_test(*order, plan).pvalue for order in orders(maximum)])
    for reached in np.unique(found):
        assert (found <= reached).mean() == pytest.approx(reached)


@pytest.mark.parametrize(("h", "maximum"), SMALL)
def test_stopping_at_the_most_tempting_moment_is_still_valid(h: int, maximum: int) -> None:
    """A cheat who sees all orders and stops where p is least gains nothing."""
    plan = SequentialPlan(h, maximum)
    least = np.array([min(running(*order, plan)) for order in orders(maximum)])
    for reached in np.unique(least):
        assert (least <= reached).mean() <= reached + 1e-12


@pytest.mark.parametrize(("h", "maximum"), SMALL)
@pytest.mark.parametrize("level", LEVELS)
def test_early_stop_never_changes_the_decision(h: int, maximum: int, level: float) -> None:
    if level < 1 / (maximum + 1):
        return
    plan = SequentialPlan(h, maximum, level)
    for score, decoys in orders(maximum):
        found = sequential_rank_test(score, decoys, plan)
        whole = besag_clifford(score, decoys, h)
        assert found.finished
        assert found.significant == (whole <= level)
        assert found.pvalue >= whole


@pytest.mark.parametrize(
    "scores", [(0, 0, 0, 0, 0), (0, 0, 1, 1, 2), (0, 1, 1, 1, 1), (2, 2, 2, 0, 1)]
)
@pytest.mark.parametrize("h", [1, 2, 3])
def test_ties_are_conservative(scores: tuple[int, ...], h: int) -> None:
    plan = SequentialPlan(h, len(scores) - 1)
    found = np.array(
        [
            sequential_rank_test(order[0], order[1:], plan).pvalue
            for order in itertools.permutations(scores)
        ]
    )
    for reached in np.unique(found):
        assert (found <= reached).mean() <= reached + 1e-12


@pytest.mark.parametrize("h", [1, 2])
def test_label_search_is_valid_over_all_orders(h: int) -> None:
    rows = np.random.default_rng(3).normal(size=(6, 4)).round(1)
    calibration = np.random.default_rng(4).normal(size=(5, 4))
    plan = SequentialPlan(h, 5)
    found = np.array(
        [
            sequential_rank_test_over_labels(
                rows[order[0]], rows[order[1:]], calibration, plan
            ).pvalue
            for order in map(list, itertools.permutations(range(6)))
        ]
    )
    for reached in np.unique(found):
        assert (found <= reached).mean() <= reached + 1e-12


def test_label_search_finds_the_label_and_stops_as_soon_as_it_is_sure() -> None:
    rng = np.random.default_rng(0)
    mark = rng.normal(size=30)
    mark[7] += 12
    found = sequential_rank_test_over_labels(
        mark,
        rng.normal(size=(300, 30)),
        rng.normal(size=(20, 30)),
        SequentialPlan.at_level(0.01),
    )
    assert found.label == 7
    assert found.significant
    assert found.draws == 198


@given(
    score=st.integers(-3, 3),
    decoys=st.lists(st.integers(-3, 3), min_size=1, max_size=40),
    h=st.integers(1, 4),
)
def test_pvalue_never_rises(score: int, decoys: list[int], h: int) -> None:
    seen = running(score, np.array(decoys, float), SequentialPlan(h, 40))
    assert seen[0] == 1
    assert all(later <= earlier for earlier, later in itertools.pairwise(seen))


@given(
    seed=st.integers(0, 10_000),
    h=st.integers(1, 5),
    level=st.sampled_from([0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.3]),
    shift=st.floats(0, 4),
)
def test_decides_as_the_rank_test_with_as_many_decoys(
    seed: int, h: int, level: float, shift: float
) -> None:
    plan = SequentialPlan.at_level(level, h)
    rng = np.random.default_rng(seed)
    score, decoys = rng.normal() + shift, rng.normal(size=plan.maximum)
    found = sequential_rank_test(score, decoys, plan)
    assert found.significant == (rank_test(score, decoys, level=level).pvalue <= level)


@given(level=st.floats(1e-4, 0.9), h=st.integers(1, 9))
def test_plan_at_level_is_the_shortest_that_forgives_h_decoys(level: float, h: int) -> None:
    plan = SequentialPlan.at_level(level, h)
    assert h / (plan.maximum + 1) <= level
    assert plan.maximum == h or h / plan.maximum > level


@pytest.mark.parametrize("level", [0.07, 0.01, 0.001, 0.3])
def test_plan_at_level_takes_no_decoy_for_a_rounding(level: float) -> None:
    h = round(100 * level) or 1
    assert SequentialPlan.at_level(level, h).maximum == round(h / level) - 1


def test_decoys_that_run_out_leave_a_valid_pvalue() -> None:
    found = sequential_rank_test(1.0, np.zeros(10), SequentialPlan.at_level(0.01, 2))
    assert not found.finished
    assert not found.significant
    assert found.pvalue == pytest.approx(2 / 12)


def test_without_a_level_nothing_is_significant() -> None:
    assert not sequential_rank_test(1.0, np.zeros(9), SequentialPlan(1, 9)).significant


def test_decoys_after_the_end_are_not_looked_at() -> None:
    found = sequential_rank_test(0.0, [1.0, np.nan], SequentialPlan(1, 99))
    assert (found.draws, found.exceedances, found.pvalue) == (1, 1, 1.0)
    np.testing.assert_array_equal(found.null_distribution, [1.0])


def test_result_survives_json() -> None:
    found = sequential_rank_test(0.5, [0.1, 0.9, 0.2, 0.7], SequentialPlan(2, 99, 0.05))
    again = SequentialRankTestResult.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
    assert again.significant == found.significant
    assert again.plan == found.plan


def test_updating_after_the_end_is_refused() -> None:
    test = SequentialRankTest(0.0, SequentialPlan(1, 9))
    test.update(1.0)
    with pytest.raises(PlanError, match=r"over after 1 decoys, got one more"):
        test.update(0.0)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_scores_must_be_finite(score: float) -> None:
    with pytest.raises(AnswerError, match="finite numbers"):
        SequentialRankTest(score, SequentialPlan(1, 9))
    with pytest.raises(AnswerError, match="finite numbers"):
        SequentialRankTest(0.0, SequentialPlan(1, 9)).update(score)


def test_plans_that_cannot_be() -> None:
    with pytest.raises(PlanError, match=r"after 1 to 9 decoys as high as the mark, got 0"):
        SequentialPlan(0, 9)
    with pytest.raises(PlanError, match=r"after 1 to 9 decoys as high as the mark, got 10"):
        SequentialPlan(10, 9)
    with pytest.raises(PlanError, match=r"the level must be above 0 and below 1, got 1"):
        SequentialPlan(1, 9, 1.0)
    with pytest.raises(PlanError, match=r"the level must be above 0 and below 1, got 0"):
        SequentialPlan.at_level(0.0)
    with pytest.raises(TooFewDecoys, match=r"level 0.01 needs at least 99 decoys, got 9"):
        SequentialPlan(1, 9, 0.01)


def test_doctests() -> None:
    assert doctest.testmod(sequential).failed == 0
