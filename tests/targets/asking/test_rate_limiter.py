from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from content_target import ContentTarget, answer_to, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import IsotopesError
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.targets.gate import Gate
from isotopes.targets.rate import RateLimit


class Clock(Gate):
    """Time that passes only while somebody pauses, or is told to pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


RATES = st.builds(
    RateLimit,
    requests=st.floats(0.5, 50),
    seconds=st.sampled_from([1.0, 60.0]),
    burst=st.integers(1, 5),
)


@settings(deadline=None)
@given(st.lists(RATES, min_size=1, max_size=3), st.lists(st.floats(0, 3), max_size=40))
def test_no_window_holds_more_than_its_rate_and_burst(
    rates: list[RateLimit], pauses: list[float]
) -> None:
    clock = Clock()
    limiter = RateLimiter(*rates, clock=clock)
    went = []
    for pause in pauses:
        clock.now += pause
        limiter.wait(clock)
        went.append(clock.now)
    for rate in rates:
        for first, start in enumerate(went):
            for last, end in enumerate(went[first:], first):
                allowed = rate.burst + (end - start) / rate.interval
                assert last - first + 1 <= allowed + 1e-6


def test_after_a_pause_a_burst_goes_at_once_then_evenly() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(5, burst=3), clock=clock)
    for _ in range(2):
        waits = [limiter.wait(clock) for _ in range(6)]
        assert waits == pytest.approx([0, 0, 0, 0.2, 0.2, 0.2])
        clock.now += 60


def test_the_slower_of_two_limits_holds() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(10), RateLimit(60, seconds=60), clock=clock)
    assert [limiter.wait(clock) for _ in range(4)] == pytest.approx([0, 1, 1, 1])


def test_threads_reserve_different_turns() -> None:
    slept: list[float] = []
    lock = threading.Lock()

    class Sleepless(Gate):
        def pause(self, seconds: float) -> None:
            with lock:
                slept.append(seconds)

    limiter = RateLimiter(RateLimit(2), clock=lambda: 0.0)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: limiter.wait(Sleepless()), range(40)))
    assert sorted(slept) == pytest.approx([turn / 2 for turn in range(1, 40)])


def test_a_limited_target_waits_once_for_each_request() -> None:
    clock = Clock()
    pool = pictures(6)
    limited = RateLimited(ContentTarget(), RateLimiter(RateLimit(1), clock=clock))
    for start in (0, 2, 4):
        scores = limited.ask(pool[start : start + 2], clock)
        assert (scores.values[1] == answer_to(pool[start + 1])).all()
    assert clock.now == pytest.approx(1002)


@pytest.mark.parametrize("rate", [(0, 1.0, 1), (5, 0.0, 1), (5, 1.0, 0), (float("nan"), 1.0, 1)])
def test_rates_that_never_let_anything_go_are_refused(rate: tuple[float, float, int]) -> None:
    with pytest.raises(IsotopesError, match="a rate limit must be a positive number"):
        RateLimit(*rate)
