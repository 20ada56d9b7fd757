from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from content_target import ContentTarget, answer_to, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import BudgetExhausted, IsotopesError
from isotopes.targets.asking.budget import Budget, Budgeted, estimate
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled

POOL = pictures(20)


def test_the_limit_is_reached_and_never_crossed() -> None:
    target = ContentTarget()
    budgeted = Budgeted(target, Budget(queries=10))
    assert (budgeted.ask(POOL[:7]).values[3] == answer_to(POOL[3])).all()
    with pytest.raises(BudgetExhausted, match="allows 10 queries .*: 7 are spent, 4 more"):
        budgeted.ask(POOL[7:11])
    budgeted.ask(POOL[7:10])
    with pytest.raises(BudgetExhausted, match="10 are spent, 1 more"):
        budgeted.ask(POOL[:1])
    assert len(target.asked) == budgeted.spent == 10


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), max_size=12), st.integers(0, 30))
def test_whatever_is_asked_no_more_than_the_budget_goes_out(sizes: list[int], limit: int) -> None:
    target = ContentTarget()
    budgeted = Budgeted(target, Budget(queries=limit))
    for size in sizes:
        fits = len(target.asked) + size <= limit
        try:
            budgeted.ask(POOL[:size])
        except BudgetExhausted:
            assert not fits
        else:
            assert fits
    assert len(target.asked) <= limit


def test_threads_share_one_budget() -> None:
    target = ContentTarget()
    budgeted = Budgeted(target, Budget(queries=50))

    def ask(picture: object) -> bool:
        try:
            budgeted.ask(POOL[:1])
        except BudgetExhausted:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(200))) == len(target.asked) == 50


def test_a_failed_request_counts_since_it_may_be_billed() -> None:
    class Fails(ContentTarget):
        def ask(self, pictures: object, gate: object = None) -> object:
            raise ConnectionError

    budgeted = Budgeted(Fails(), Budget(queries=1))  # type: ignore[abstract]
    with pytest.raises(ConnectionError):
        budgeted.ask(POOL[:1])
    with pytest.raises(BudgetExhausted):
        budgeted.ask(POOL[:1])


def test_money_is_counted_in_decimals() -> None:
    assert Budget(cost=0.3, price=0.1).affordable == 3
    assert Budget(cost=2.00, price=0.0015).affordable == 1333
    assert Budget(queries=500, cost=2.00, price=0.001).affordable == 500
    assert Budget(price=0.001).affordable is None


def test_an_interrupted_check_goes_on_with_a_larger_budget(tmp_path: Path) -> None:
    target = ContentTarget()
    with QueryJournal(tmp_path / "q") as journal:
        small = Journaled(Budgeted(target, Budget(queries=8)), journal)
        small.ask(POOL[:8])
        with pytest.raises(BudgetExhausted):
            small.ask(POOL[4:12])
        Journaled(Budgeted(target, Budget(queries=12)), journal).ask(POOL)
    assert len(target.asked) == len(set(target.asked)) == 20


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"queries": -1}, "queries must not be negative, got -1"),
        ({"cost": -0.5, "price": 1.0}, r"cost must not be negative, got -0\.5"),
        ({"cost": 2.0}, "a limit of 2 US dollars needs the price of a query"),
        ({"cost": 2.0, "price": 0.0}, "price of a query must be above 0, got 0"),
    ],
)
def test_budgets_that_can_not_be_held_are_refused(limits: dict[str, float], message: str) -> None:
    with pytest.raises(IsotopesError, match=message):
        Budget(**limits)  # type: ignore[arg-type]


def test_estimate_tells_queries_time_and_money() -> None:
    full = estimate(20_000, rate=5, price=0.001)
    assert (full.queries, full.seconds, full.cost) == (20_000, 4000, 20)
    assert str(full) == "20,000 queries, about 67 min, 20.00 US dollars"
    assert str(estimate(90)) == "90 queries"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (90, "90 s"), (120, "2.0 min"), (7_199, "120 min"), (90_000, "25 h")],
)
def test_estimated_time_in_words(seconds: float, words: str) -> None:
    assert str(estimate(10, rate=10 / seconds)) == f"10 queries, about {words}"
