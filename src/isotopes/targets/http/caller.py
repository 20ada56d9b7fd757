"""JSON over HTTP: one question, one answer, with retries, and no credential in any message."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from isotopes.errors import AnswerError, ServiceRefused, TargetUnreachable
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.endpoint import Endpoint, plain_address
from isotopes.targets.http.retries import Unanswered
from isotopes.targets.http.screening import Screen, screen_for
from isotopes.targets.http.transport import (
    LARGEST,
    ConnectionFailed,
    Connections,
    NotTrusted,
    Response,
    TimedOut,
    TooLarge,
)

LONGEST_WAIT = 120.0  # seconds: nobody waits longer
MOST_READ = 21_600.0  # seconds: libcurl takes any longer wait for this
SHOWN = 200  # characters of a refusal that a message quotes
_EXCERPT = 4096  # bytes of it that are read for that
_LARGE = 2**20  # bytes of JSON that may become fifty times as much in memory
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_HINTS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "compare the request template with the service's documentation",
    HTTPStatus.NOT_FOUND: "check the url",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "send smaller pictures: longest_side, or format jpeg",
}
T = TypeVar("T")


class JsonCaller:
    """Sends JSON to one endpoint. Threads may share it.

    Time-outs, broken connections, answers cut short, 408, 429, 5xx and whatever the service calls
    "busy" are tried again, with exponential back-off and never earlier than Retry-After says.
    Everything else is final.
    """

    connect: ClassVar[Callable[..., Any]] = Connections  # bench/http_clients.py tries another
    _large = threading.Lock()  # of all callers: one large answer in memory at a time

    def __init__(self, endpoint: Endpoint) -> None:
        """Prepare a pool of connections; nothing is sent yet."""
        self._endpoint = endpoint
        fill = endpoint.secrets.fill
        self._connections: Connections = type(self).connect(
            fill(endpoint.url),
            endpoint.method,
            _with_content_type({k: fill(v) for k, v in endpoint.headers.items()}),
            endpoint.timeout,
            endpoint.connections,
        )

    def call(self, body: bytes, read: Callable[[object], T], gate: Gate = OPEN) -> T:
        """Ask, and `read` the answer, which is of JSON types and free of credentials.

        Raises:
            TargetUnreachable: no answer after all retries; `ServiceRefused` if the service refused.
            AnswerError: an answer that is not JSON or too large; or as `read`.
        """
        response = self.fetch(body, gate)
        with self._large if len(response.body) > _LARGE else nullcontext():
            return read(self._json(response))

    def fetch(self, body: bytes, gate: Gate = OPEN) -> Response:
        """Ask, and take the answer as it comes; nothing is hidden in it.

        Raises:
            TargetUnreachable: as `call`.
            AnswerError: an answer that is too large.
        """
        try:
            return self._endpoint.retries.run(lambda: self._ask_once(body, gate), gate)
        except Unanswered as error:
            attempts = 1 + self._endpoint.retries.most
            raise TargetUnreachable(
                f"{self._endpoint.shown} gave no answer in {attempts} attempts: {error}",
                hint=f"{error.hint}; what was answered so far is kept",
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    @property
    def screen(self) -> Screen:
        """Finds our credentials in what the service sends."""
        signer = self._endpoint.signer
        signed = signer.credentials() if signer else ()
        return screen_for((*self._endpoint.secrets.values, *signed))

    def _ask_once(self, body: bytes, gate: Gate) -> Response:
        signer = self._endpoint.signer
        try:
            response = self._connections.send(body, gate, signer.headers(body) if signer else None)
        except TimedOut:
            raise Unanswered(f"nothing came within {self._endpoint.timeout:g} s") from None
        except NotTrusted as error:
            raise TargetUnreachable(
                f"{self._endpoint.shown} can't be trusted: {self.screen.hide(str(error))}",
                hint="name the authority that vouches for it in SSL_CERT_FILE",
            ) from None
        except TooLarge:
            raise AnswerError(
                f"{self._endpoint.shown} sent an answer of more than {LARGEST // 2**20} MiB",
                hint="ask it for fewer labels, for fewer pictures a request, or for smaller ones",
            ) from None
        except ConnectionFailed as error:
            raise Unanswered(
                f"the connection failed ({self.screen.hide(str(error))})",
                hint="check its address, and whether it is up",
            ) from None
        if response.status // 100 != 2:
            self._raise_refusal(response)
        return response

    def _raise_refusal(self, response: Response) -> None:
        status = _status(response)
        errors = self._endpoint.errors
        code = None if errors is None else errors.read(self._refusal(response))
        busy = errors is not None and code in errors.busy
        again = response.status in _AGAIN or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if busy or again:
            counted = not busy and response.status != HTTPStatus.TOO_MANY_REQUESTS
            raise Unanswered(
                f"{code or status}{self.excerpt(response)}",
                self._wait_asked_for(response, status),
                billed=counted,
            )
        hint = errors.hints.get(code or "") if errors is not None else None
        raise ServiceRefused(
            f"{self._endpoint.shown} refused the request:"
            f" {status}{self._elsewhere(response)}{self.excerpt(response)}",
            code or "",
            hint or self._hint(response),
        )

    def _wait_asked_for(self, response: Response, status: str) -> float:
        seconds = response.retry_after
        if seconds > LONGEST_WAIT:
            asked = f"{seconds:.0f} s" if seconds < MOST_READ else "six hours or more"
            raise TargetUnreachable(
                f"{self._endpoint.shown} answered {status} and asks to wait {asked},"
                f" more than {LONGEST_WAIT:.0f} s",
                hint="try again later; what was answered so far is kept",
            )
        return seconds

    def _json(self, response: Response) -> object:
        try:
            return self.screen.clean_json(response.body)
        except (ValueError, RecursionError, MemoryError):
            raise AnswerError(
                f"{self._endpoint.shown} must answer in JSON, got"
                f" {len(response.body)} bytes that can't be read as JSON{self.excerpt(response)}",
                hint="run the same again: what was answered so far is kept",
            ) from None

    def _refusal(self, response: Response) -> object:
        """The body of a refusal as JSON without credentials; None if it isn't JSON."""
        try:
            return self.screen.clean_json(response.body)
        except (ValueError, RecursionError, MemoryError):
            return None

    def excerpt(self, response: Response) -> str:
        """The start of what the service said, on one line, without credentials."""
        said = None
        if len(response.body) <= _EXCERPT:  # parsed, because escapes can spell a credential
            said = self._refusal(response)
        if said is None:
            start = response.body[:_EXCERPT].decode("utf-8", errors="replace")
            text = self.screen.hide(start)
        else:
            text = json.dumps(said, ensure_ascii=False)
        text = " ".join(text.split())
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "..."
        return f": {shown}" if shown else ""

    def _elsewhere(self, response: Response) -> str:
        """Where the service says to ask instead, without credentials."""
        if not response.location:
            return ""
        address = self.screen.hide(plain_address(response.location))
        return f", which points to {' '.join(address.split())[:SHOWN]}"

    def _hint(self, response: Response) -> str | None:
        if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            signer = self._endpoint.signer
            names = [*self._endpoint.secrets.names, *([signer.name] if signer else [])]
            if not names:
                return "the description names no credential"
            spent = response.status == HTTPStatus.FORBIDDEN
            quota = ", and whether its quota is spent" if spent else ""
            return f"check the credential in {', '.join(names)}{quota}"
        if response.status // 100 == 3:
            return "redirects are not followed: give the new address, if you trust it"
        return _HINTS.get(response.status)


def _with_content_type(headers: Mapping[str, str]) -> dict[str, str]:
    """These headers, which announce JSON unless they announce something else."""
    said = any(name.lower() == "content-type" for name in headers)
    return {**headers} if said else {"Content-Type": "application/json", **headers}


def _status(response: Response) -> str:
    known = response.status in set(HTTPStatus)
    return (
        f"{response.status} {HTTPStatus(response.status).phrase}" if known else str(response.status)
    )
