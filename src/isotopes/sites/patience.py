"""Connections that don't finish sending a request's head are closed.

uvicorn limits only how long a connection may be idle between requests. Without this, anybody could
hold all of the service's connections by sending a header line and no more. How long a body may take
is the service's business.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

SECONDS = 10.0  # for the head of a request


class LimitedPatience(H11Protocol):
    """uvicorn's connection, which waits no longer than SECONDS for a request's head."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start the time for a head, unless it runs already; stop it once the head is there."""
        if not self._is_between_requests():
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(SECONDS, self._give_up)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._is_between_requests():
            self.transport.close()

    def _is_between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete
