"""A service that can be told to fail, whatever its kind, with its target opened anew each time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from target_cases import CASES, set_credentials

from isotopes.targets import Target, open_target, target_kinds
from isotopes.targets.gate import CancellableGate, Gate
from isotopes.targets.http.retries import Retries
from isotopes.testing import FakeServer

REMOTE = sorted(name for name in CASES if target_kinds()[name].remote)
PASSING = ("throttle", "throttle-retry-after", "server-error", "hang-up", "half")
LASTING = ("quota", "truncated-json", "wrong-schema")


class Service:
    """A fake of one kind and the target that asks it; the target of a new run is opened anew."""

    def __init__(self, kind: str, folder: Path, stack: ExitStack, **how: object) -> None:
        servers: list[FakeServer] = []

        def serve(*arguments: object, **more: object) -> FakeServer:
            servers.append(FakeServer(*arguments, **more, **how))  # type: ignore[arg-type]
            return servers[0]

        self._spec = CASES[kind](folder, 0, stack, serve)
        self._stack = stack
        (self.server,) = servers

    def open(self) -> Target:
        target = open_target(self._spec)
        self._stack.callback(target.close)
        return target

    @property
    def questions(self) -> int:
        """How often it was asked about pictures."""
        return sum(request.method == "POST" for request in self.server.requests)


def be_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and next to no waiting: neither between two attempts nor for a rate."""
    set_credentials(monkeypatch)
    hurry(monkeypatch)
    for kind in target_kinds().values():
        monkeypatch.setattr(kind, "rate_limits", ())


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No back-off, and what a service asks to wait passes a hundred times as fast."""
    monkeypatch.setattr(Retries, "backoff", lambda self, retry: 0.0)
    for kind in (Gate, CancellableGate):
        monkeypatch.setattr(kind, "pause", _hundred_times_as_fast(kind.pause))


def _hundred_times_as_fast(pause: Callable[[Gate, float], None]) -> Callable[[Gate, float], None]:
    return lambda gate, seconds: pause(gate, seconds / 100)
