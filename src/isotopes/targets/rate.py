"""How fast a service may be asked."""

from __future__ import annotations

from dataclasses import dataclass

from isotopes.errors import IsotopesError


@dataclass(frozen=True)
class RateLimit:
    """One limit of a service: ``RateLimit(5)`` a second, ``RateLimit(600, seconds=60)``.

    Attributes:
        requests: how many requests fit into `seconds`, on average.
        seconds: the period they are counted over.
        burst: how many may go at once after a pause. With 1 they are evenly spaced. No period of
            `seconds` holds more than ``requests + burst``.
    """

    requests: float
    seconds: float = 1.0
    burst: int = 1

    def __post_init__(self) -> None:
        if not (self.requests > 0 and self.seconds > 0 and self.burst >= 1):
            raise IsotopesError(
                "a rate limit must be a positive number of requests in a positive time, with"
                f" bursts of at least 1, got {self.requests:g} in {self.seconds:g} s, bursts of"
                f" {self.burst}"
            )

    @property
    def interval(self) -> float:
        """Seconds between two evenly spaced requests."""
        return self.seconds / self.requests
