"""The service: a picture in, the same picture with the user's mark out.

Marking runs in separate processes, so that a hostile picture costs no more than its own request.
It refuses requests beyond its limit at once, so that they don't pile up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isotopes.errors import IsotopesError, PhotoError, QuotaUsedUp, VaultError
from isotopes.photos.formats import recognise
from isotopes.sites.measures import Metrics, log
from isotopes.sites.openapi import OPENAPI
from isotopes.sites.tokens import is_let_in
from isotopes.workflows.uploads import USER, Uploads


@dataclass(frozen=True)
class ServiceLimits:
    """What one request, and all together, may take.

    Attributes:
        bytes: size of a picture's file.
        seconds: time to send it.
        together: requests in progress or waiting; more are refused.
    """

    bytes: int = 64 << 20
    seconds: float = 60.0
    together: int = 64


def make_service(
    uploads: Uploads,
    healthy: Callable[[], object],
    tokens: frozenset[str],
    limits: ServiceLimits | None = None,
) -> Starlette:
    """The service, as an ASGI application.

    Args:
        healthy: raises VaultError if the vault can't be reached.
        tokens: hashes of the allowed tokens (`tokens.read_tokens`).
    """
    service = _Service(uploads, healthy, tokens, limits or ServiceLimits())
    return Starlette(
        routes=[
            Route("/mark", service.mark, methods=["POST"]),
            Route("/health", service.health),
            Route("/metrics", service.metrics),
            Route("/openapi.json", lambda _: JSONResponse(OPENAPI)),
        ]
    )


class _Refused(Exception):  # noqa: N818 - a way out, not a fault
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Service:
    def __init__(
        self,
        uploads: Uploads,
        healthy: Callable[[], object],
        tokens: frozenset[str],
        limits: ServiceLimits,
    ) -> None:
        self._uploads, self._healthy, self._tokens, self._limits = uploads, healthy, tokens, limits
        self._measures = Metrics()
        self._at_work = 0

    async def mark(self, request: Request) -> Response:
        """A picture in, the picture with the user's mark out."""
        begun, user, size = time.monotonic(), request.query_params.get("user", ""), 0
        try:
            self._check(request, user)
            self._at_work += 1
            self._measures.waiting.set(self._at_work)
            try:
                data = await self._body(request)
                size = len(data)
                marked = await asyncio.to_thread(self._uploads.mark, user, data)
            finally:
                self._at_work -= 1
                self._measures.waiting.set(self._at_work)
        except ClientDisconnect:
            return Response(status_code=499)
        except (_Refused, IsotopesError) as error:
            status, why = _status(error), str(error)
            self._measures.note(user, status, size, time.monotonic() - begun, why)
            return _refusal(status, "the vault can't be used" if status == 503 else why)
        self._measures.note(user, 200, size, time.monotonic() - begun, "")
        known = recognise(marked)
        assert known is not None  # it was marked
        return Response(marked, media_type=known.media_type)

    async def health(self, _: Request) -> Response:
        """Can keys be read and pictures be marked?"""
        try:
            await asyncio.to_thread(self._healthy)
        except IsotopesError as error:
            log("unhealthy", why=str(error))
            return JSONResponse({"status": "no vault"}, 503)
        return JSONResponse({"status": "ok"})

    async def metrics(self, _: Request) -> Response:
        """What Prometheus reads."""
        return Response(generate_latest(self._measures.registry), media_type=CONTENT_TYPE_LATEST)

    def _check(self, request: Request, user: str) -> None:
        """Refuse whatever can be refused before the picture is read."""
        if not is_let_in(request.headers.get("authorization", ""), self._tokens):
            raise _Refused(401, "a request needs a token: Authorization: Bearer TOKEN")
        if not USER.fullmatch(user):
            raise _Refused(400, "?user= must be 1 to 128 letters, digits and ._@+-")
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._limits.bytes:
            raise _Refused(413, f"a picture may have at most {self._limits.bytes:,} bytes")
        if self._at_work >= self._limits.together:
            raise _Refused(503, "too many pictures at once: try again")

    async def _body(self, request: Request) -> bytes:
        pieces, size = [], 0
        try:
            async with asyncio.timeout(self._limits.seconds):
                async for piece in request.stream():
                    size += len(piece)
                    if size > self._limits.bytes:
                        raise _Refused(
                            413, f"a picture may have at most {self._limits.bytes:,} bytes"
                        )
                    pieces.append(piece)
        except TimeoutError:
            raise _Refused(408, "the picture took too long to arrive") from None
        if not size:
            raise _Refused(400, "the body must be a picture's file")
        return b"".join(pieces)


def _status(error: Exception) -> int:
    if isinstance(error, _Refused):
        return error.status
    if isinstance(error, QuotaUsedUp):
        return 429
    if isinstance(error, PhotoError):
        return 422
    return 503 if isinstance(error, VaultError) else 500


def _refusal(status: int, why: str) -> Response:
    headers = {"retry-after": "1"} if status == 503 else {}
    return JSONResponse({"error": why}, status, headers)
