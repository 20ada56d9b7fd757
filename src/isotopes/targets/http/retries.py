"""Sends a request again when the service was busy or the connection broke."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isotopes.targets.gate import Gate

R = TypeVar("R")


class Unanswered(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """One attempt failed, but the next may succeed.

    Attributes:
        retry_after: seconds that the service asks to wait.
        billed: whether the service may have counted the attempt.
        hint: what may be wrong, if no attempt succeeds.
    """

    def __init__(
        self,
        what: str,
        retry_after: float = 0.0,
        billed: bool = True,
        hint: str = "the service may be down or busy",
    ) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.billed = billed
        self.hint = hint


@dataclass(frozen=True)
class Retries:
    """How often to send a request again, and how long to wait first.

    Attributes:
        most: retries after the first attempt.
        longest: seconds that a wait may grow to, on top of what the service asks for.
    """

    most: int = 5
    longest: float = 30.0

    def backoff(self, retry: int) -> float:
        """Seconds to wait before retry 0, 1, ...: exponential with full jitter.

        Jitter keeps threads that were refused together from retrying together.
        """
        return random.uniform(0, min(self.longest, 0.5 * 2.0**retry))

    def run(self, attempt: Callable[[], R], gate: Gate) -> R:
        """The result of the first attempt that is answered.

        Raises:
            Unanswered: the last attempt failed too.
            AskingCancelled, TargetError: as `Gate.retry`.
        """
        for retry in range(self.most):
            try:
                return attempt()
            except Unanswered as failure:
                gate.pause(failure.retry_after + self.backoff(retry))
                gate.retry(billed=failure.billed)
        return attempt()
