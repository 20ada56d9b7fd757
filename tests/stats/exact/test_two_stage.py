"""The test in two stages: exact whatever its stages have to do with each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from isotopes.errors import AnswerError, PlanError, TooFewDecoys
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.exact.two_stage import TwoStagePlan, two_stage_rank_test

PLAN = TwoStagePlan(first=9, decoys=39, go_on=0.2, level=0.05)
TESTS = 4000


def run(first: np.ndarray, second: np.ndarray, plan: TwoStagePlan) -> float:
    """The p-value where the draws score this in the first stage, and that in the second."""
    some = first[: 1 + plan.first]
    early = rank_test(some[0], some[1:], level=1).pvalue
    scores = second if plan.goes_on(early) else some
    return two_stage_rank_test(scores[0], scores[1:], plan).pvalue


@pytest.mark.parametrize(("first", "expected"), [(0.1, [10, 100]), (0.2, [10, 100]), (0.3, [10])])
def test_the_second_stage_is_asked_only_where_the_mark_leads(
    first: float, expected: list[int]
) -> None:
    asked: list[int] = []

    def pvalue_of(draws: int) -> float:
        asked.append(draws)
        return first if draws == 10 else 0.01

    plan = TwoStagePlan(first=9, decoys=99, go_on=0.2, level=0.01)
    assert plan.walk(pvalue_of) == (first if expected == [10] else 0.01, expected[-1])
    assert asked == expected


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids=["apart", "alike", "the same"])
@pytest.mark.parametrize("steps", [None, 2], ids=["continuous", "tied"])
def test_pvalues_are_valid_at_every_level(share: float, steps: int | None) -> None:
    rng = np.random.default_rng(7)
    pvalues = []
    for _ in range(TESTS):
        first = rng.normal(size=40)
        second = share * first + (1 - share) * rng.normal(size=40)
        if steps is not None:
            first, second = np.round(first * steps), np.round(second * steps)
        pvalues.append(run(first, second, PLAN))
    for level in (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8):
        hits = int((np.array(pvalues) <= level).sum())
        assert binom.sf(hits - 1, TESTS, level) > 1e-4, level


def test_in_an_adverse_second_stage() -> None:
    """The second stage may favour exactly the draws that the first one let pass."""
    rng = np.random.default_rng(8)
    pvalues = []
    for _ in range(TESTS):
        first = rng.normal(size=40)
        pvalues.append(run(first, np.where(first > 1, first + 5, rng.normal(size=40)), PLAN))
    for level in (0.025, 0.05, 0.2, 0.5):
        hits = int((np.array(pvalues) <= level).sum())
        assert binom.sf(hits - 1, TESTS, level) > 1e-4, level


def test_where_it_ends() -> None:
    assert not PLAN.goes_on(0.3)
    assert PLAN.goes_on(0.2)
    assert two_stage_rank_test(0.5, [0.1] * 7 + [0.6, 0.7], PLAN).pvalue == 0.3
    found = two_stage_rank_test(0.5, [0.1] * 39, PLAN)
    assert (found.pvalue, found.level, found.significant) == (1 / 40, 0.05, True)
    with pytest.raises(PlanError, match=r"p = 0\.1 goes on"):
        two_stage_rank_test(0.5, [0.1] * 9, PLAN)
    with pytest.raises(PlanError, match="9 or 39 decoys, got 20"):
        two_stage_rank_test(0.5, [0.1] * 20, PLAN)
    with pytest.raises(AnswerError):
        two_stage_rank_test(float("nan"), [0.1] * 9, PLAN)
    single = TwoStagePlan(first=39, decoys=39, go_on=0.2, level=0.05)
    assert two_stage_rank_test(0.5, [0.1] * 39, single).significant


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 0.0}, "level must be above 0"),
        ({"first": 0}, "takes 1 to 39 decoys, got 0"),
        ({"first": 40}, "takes 1 to 39 decoys, got 40"),
        ({"go_on": 0.04}, "must go on at that or more"),
        ({"go_on": 1.0}, "must go on at that or more"),
    ],
)
def test_what_is_no_plan(change: dict[str, float], message: str) -> None:
    terms = {"first": 9, "decoys": 39, "go_on": 0.2, "level": 0.05, **change}
    with pytest.raises(PlanError, match=message):
        TwoStagePlan(**terms)  # type: ignore[arg-type]
    with pytest.raises(TooFewDecoys):
        TwoStagePlan(first=3, decoys=39, go_on=0.2, level=0.05)
    with pytest.raises(TooFewDecoys):
        TwoStagePlan(first=3, decoys=9, go_on=0.5, level=0.05)
