"""Several addresses of one service: each question goes to the one with the fewest under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from isotopes.errors import ServiceRefused, TargetUnreachable
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint

T = TypeVar("T")


class Replicas:
    """Asks as `JsonCaller` does, of one or more endpoints. Threads may share it.

    A replica that gives no answer after all retries gets no further question, and its question goes
    to another one; that counts as a retry, so budget and rate hold for all replicas together.
    """

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Prepare a pool of connections to each; nothing is sent yet."""
        self._callers = [JsonCaller(endpoint) for endpoint in endpoints]
        self._under_way = dict.fromkeys(range(len(endpoints)), 0)  # of those that answer
        self._lock = threading.Lock()

    def call(self, body: bytes, read: Callable[[object], T], gate: Gate = OPEN) -> T:
        """As `JsonCaller.call`; a gate that names a replica chooses it while it answers."""
        while True:
            number = self._choose(gate.replica)
            try:
                return self._callers[number].call(body, read, gate)
            except ServiceRefused:
                raise  # the others would refuse it, too
            except TargetUnreachable:
                if not self._leave_out(number):
                    raise
            finally:
                self._end(number)
            gate.retry(billed=True)

    def close(self) -> None:
        """Close all connections."""
        for caller in self._callers:
            caller.close()

    def _choose(self, wanted: int | None) -> int:
        with self._lock:
            fewest = min(self._under_way, key=self._under_way.__getitem__)
            number = wanted if wanted in self._under_way else fewest
            self._under_way[number] += 1
            return number

    def _end(self, number: int) -> None:
        with self._lock, suppress(KeyError):
            self._under_way[number] -= 1

    def _leave_out(self, number: int) -> bool:
        """Whether there is another one to ask."""
        with self._lock:
            if len(self._under_way) == 1 and number in self._under_way:
                return False
            self._under_way.pop(number, None)
            return True
