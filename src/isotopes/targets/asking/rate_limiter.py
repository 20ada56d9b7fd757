"""Holds requests back to what a service allows, whichever thread sends them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper


class RateLimiter:
    """One token bucket per limit. A request goes when every bucket has a token for it.

    Each bucket is stored as the time at which it will be full again (the generic cell rate
    algorithm, ITU-T I.371). So nothing runs in the background, and threads go first come, first
    served.
    """

    def __init__(self, *limits: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._full_at = [float("-inf")] * len(limits)
        self._lock = threading.Lock()

    def wait(self, gate: Gate = OPEN) -> float:
        """Wait until one more request may go; returns the seconds waited.

        Raises:
            AskingCancelled: the gate closed meanwhile.
        """
        with self._lock:
            now = self._clock()
            start = now
            for limit, full_at in zip(self._limits, self._full_at, strict=True):
                start = max(start, full_at - (limit.burst - 1) * limit.interval)
            self._full_at = [
                max(full_at, start) + limit.interval
                for limit, full_at in zip(self._limits, self._full_at, strict=True)
            ]
        # Outside the lock: this turn is reserved, so others can reserve theirs.
        if start > now:
            gate.pause(start - now)
        return start - now


class RateLimited(Wrapper):
    """A target that is asked no faster than its limiter allows.

    One `ask` is one request, and each retry is one more.
    """

    def __init__(self, target: Target, limiter: RateLimiter) -> None:
        super().__init__(target)
        self._limiter = limiter

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        def wait_again(_billed: bool) -> None:
            self._limiter.wait(gate)

        self._limiter.wait(gate)
        return self.inner.ask(pictures, gate.before_retry(wait_again))
