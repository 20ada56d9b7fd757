"""How fast a target may be asked: so many requests in so much time, whichever thread asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isotopes.errors import IsotopesError
from isotopes.targets.asking.attempts import hearing_retries, pause
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper


@dataclass(frozen=True)
class Rate:
    """One limit of a service: ``Rate(5)`` a second, ``Rate(600, seconds=60)``.

    Attributes:
        requests: how many may go in `seconds` seconds, on average.
        seconds: the time they are counted over.
        burst: how many may go at once after a pause. At 1 they are evenly spaced, and no window of
            `seconds` seconds holds more than `requests` + 1 of them; in general + `burst`.
    """

    requests: float
    seconds: float = 1.0
    burst: int = 1

    def __post_init__(self) -> None:
        if not (self.requests > 0 and self.seconds > 0 and self.burst >= 1):
            raise IsotopesError(
                "a rate must be a positive number of requests in a positive time, and bursts of"
                f" at least 1, got {self.requests:g} in {self.seconds:g} s, bursts of {self.burst}"
            )

    @property
    def interval(self) -> float:
        """Seconds from one request to the next, evenly spaced."""
        return self.seconds / self.requests


class RateLimiter:
    """A token bucket per rate; a request goes when all of them have a token for it.

    Kept as the time at which each bucket will be full again (the generic cell rate algorithm, ITU-T
    I.371), so that nothing runs in the background and threads go in the order in which they came.
    """

    def __init__(
        self,
        *rates: Rate,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = pause,
    ) -> None:
        self._rates = rates
        self._clock = clock
        self._sleep = sleep
        self._full_at = [float("-inf")] * len(rates)
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Wait until one more request may go; returns the seconds waited."""
        with self._lock:
            now = self._clock()
            go = now
            for rate, full_at in zip(self._rates, self._full_at, strict=True):
                go = max(go, full_at - (rate.burst - 1) * rate.interval)
            self._full_at = [
                max(full_at, go) + rate.interval
                for rate, full_at in zip(self._rates, self._full_at, strict=True)
            ]
        # Outside the lock: the turn is reserved, and others may reserve theirs meanwhile.
        if go > now:
            self._sleep(go - now)
        return go - now


class RateLimited(Wrapper):
    """A target that is asked no faster than its limiter lets.

    One `ask` counts as one request, which is right for each kind whose `batch_size` is what one
    request holds; each retry counts as one more.
    """

    def __init__(self, target: Target, limiter: RateLimiter) -> None:
        super().__init__(target)
        self._limiter = limiter

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        self._limiter.wait()
        with hearing_retries(self._wait_again):
            return self.inner.ask(pictures)

    def _wait_again(self, _billed: bool) -> None:
        self._limiter.wait()
