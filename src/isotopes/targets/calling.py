"""JSON over HTTP: one question, one answer, with retries, and no credential in any message."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
import tenacity

from isotopes.errors import AnswerError, TargetUnreachable
from isotopes.targets.environment import Secrets
from isotopes.targets.transport import OneAddress

LONGEST_WAIT = 120.0  # seconds: a service that asks for more is not worth sitting through
SHOWN = 200  # characters of a refusal that a message repeats
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_HINTS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "compare the request template with the service's documentation",
    HTTPStatus.NOT_FOUND: "check the url",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "send smaller pictures: longest_side, or format jpeg",
}


class Signer(httpx.Auth, ABC):
    """Adds a credential to each request, and knows it when it sees it again."""

    @abstractmethod
    def hide(self, text: str) -> str:
        """`text` without the credential."""


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and how patiently.

    Attributes:
        url: as the description has it, http or https, with its variables unfilled.
        headers: likewise.
        secrets: the variables of both.
        timeout: seconds for each step: connecting, sending, waiting for the answer, reading it.
        retries: how often to ask again what was not answered.
        connections: how many are open at most.
        signer: adds a credential that changes in time; None where `headers` hold it.
    """

    url: str = field(repr=False)  # somebody may have written a credential into it
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Secrets = field(default_factory=Secrets)
    timeout: float = 30.0
    retries: int = 5
    connections: int = 1
    signer: Signer | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address for people: without the query, where some services want their key."""
        return self.url.partition("?")[0]

    @property
    def filled_address(self) -> str:
        """The same with its variables filled in, to tell one target from another."""
        return self.secrets.fill(self.shown)


class JsonCaller:
    """Sends JSON to one endpoint. Threads may share it.

    Asked again, with exponential back-off and jitter and never earlier than Retry-After says: time-
    outs, lost connections, answers cut short, 408, 429 and 5xx. Everything else is final.
    """

    def __init__(self, endpoint: Endpoint, sleep: Callable[[float], None] = time.sleep) -> None:
        """Open a pool of connections; `sleep` waits between two attempts."""
        self._endpoint = endpoint
        url = httpx.URL(endpoint.secrets.fill(endpoint.url))
        # The client is told the origin alone, because it logs the address of each request.
        self._origin = url.copy_with(raw_path=b"/")
        headers = httpx.Headers({"Content-Type": "application/json"})
        headers.update({k: endpoint.secrets.fill(v) for k, v in endpoint.headers.items()})
        self._client = httpx.Client(
            headers=headers,
            auth=endpoint.signer,
            timeout=endpoint.timeout,
            transport=OneAddress(url, endpoint.connections),
        )
        self._attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Unanswered),
            stop=tenacity.stop_after_attempt(1 + endpoint.retries),
            wait=_wait,
            sleep=sleep,
            reraise=True,
        )

    def call(self, body: bytes) -> object:
        """What the endpoint answers to `body`, as JSON types.

        Raises:
            TargetUnreachable: no answer after all retries, or a refusal.
            AnswerError: an answer that is not JSON.
        """
        try:
            response = self._attempts(self._ask_once, body)
        except _Unanswered as error:
            attempts = 1 + self._endpoint.retries
            raise TargetUnreachable(
                f"{self._endpoint.shown} gave no answer in {attempts} attempts: {error}",
                hint="the target may be down or busy; what was answered so far is kept",
            ) from None
        return self._json(response)

    def hide(self, text: str) -> str:
        """`text` without any credential that was sent."""
        text = self._endpoint.secrets.hide(text)
        return text if self._endpoint.signer is None else self._endpoint.signer.hide(text)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _ask_once(self, body: bytes) -> httpx.Response:
        try:
            response = self._client.request(self._endpoint.method, self._origin, content=body)
        except httpx.TimeoutException:
            raise _Unanswered(f"nothing came within {self._endpoint.timeout:g} s") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            reason = self.hide(str(error)) or type(error).__name__
            raise _Unanswered(f"the connection failed ({reason})") from None
        if response.is_success:
            return response
        status = _status(response)
        if response.status_code in _AGAIN or response.is_server_error:
            raise _Unanswered(status, self._wait_asked_for(response, status))
        raise TargetUnreachable(
            f"{self._endpoint.shown} refused the request: {status}{self._excerpt(response)}",
            hint=self._hint(response),
        )

    def _wait_asked_for(self, response: httpx.Response, status: str) -> float:
        seconds = _retry_after(response.headers.get("Retry-After", ""))
        if seconds > LONGEST_WAIT:
            raise TargetUnreachable(
                f"{self._endpoint.shown} answered {status} and asks to wait {seconds:.0f} s,"
                f" which is more than {LONGEST_WAIT:.0f} s",
                hint="try again later; what was answered so far is kept",
            )
        return seconds

    def _json(self, response: httpx.Response) -> object:
        try:
            answer: object = json.loads(response.content)
        except (ValueError, RecursionError):
            raise AnswerError(
                f"{self._endpoint.shown} must answer in JSON, got"
                f" {len(response.content)} bytes that are not{self._excerpt(response)}"
            ) from None
        return answer

    def _excerpt(self, response: httpx.Response) -> str:
        text = " ".join(self.hide(response.text).split())
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "..."
        return f": {shown}" if shown else ""

    def _hint(self, response: httpx.Response) -> str | None:
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            names = ", ".join(self._endpoint.secrets.names)
            return f"check what is in {names}" if names else "the description names no credential"
        if response.is_redirect:
            return "the service has moved: put its new address into the description"
        return _HINTS.get(response.status_code)


class _Unanswered(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """One attempt failed in a way that the next may not."""

    def __init__(self, what: str, retry_after: float = 0.0) -> None:
        super().__init__(what)
        self.retry_after = retry_after


_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: tenacity.RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    asked_for = failure.retry_after if isinstance(failure, _Unanswered) else 0.0
    # On top of what was asked for: threads turned away together must not come back together.
    return asked_for + float(_backoff(state))


def _retry_after(header: str) -> float:
    """Seconds that a Retry-After header asks for: a number or a date (RFC 9110, 10.2.3)."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return max(0.0, (when.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()
