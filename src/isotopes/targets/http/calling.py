"""JSON over HTTP: one question, one answer, with retries, and no credential in any message."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import tenacity

from isotopes.errors import AnswerError, TargetUnreachable
from isotopes.targets.asking.attempts import pause, tell_retry
from isotopes.targets.http.environment import Secrets
from isotopes.targets.http.transport import (
    ConnectionFailed,
    Connections,
    NotTrusted,
    Response,
    TimedOut,
)

LONGEST_WAIT = 120.0  # seconds: a service that asks for more is not worth sitting through
SHOWN = 200  # characters of a refusal that a message repeats
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_HINTS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "compare the request template with the service's documentation",
    HTTPStatus.NOT_FOUND: "check the url",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "send smaller pictures: longest_side, or format jpeg",
}


class Signer(ABC):
    """Adds a credential to each request, and knows it when it sees it again."""

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """Those that hold the credential as it is now; threads may ask at once.

        Raises:
            TargetUnreachable: there is no credential to be had now.
        """

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
        timeout: seconds for one attempt, from connecting to the answer's last byte.
        retries: how often to ask again what was not answered.
        connections: how many are open at most.
        signer: adds a credential that changes in time; None where `headers` hold it.
    """

    url: str = field(repr=False)  # somebody may have written a credential into it
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Secrets = field(default_factory=Secrets)
    timeout: float = 60.0
    retries: int = 5
    connections: int = 1
    signer: Signer | None = field(default=None, repr=False)

    @property
    def threads(self) -> int:
        """How many may well ask: a few more than connections, to get pictures ready and to store
        answers while those are busy."""
        return self.connections + self.connections // 4

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

    def __init__(self, endpoint: Endpoint, sleep: Callable[[float], None] = pause) -> None:
        """Open a pool of connections; `sleep` waits between two attempts."""
        self._endpoint = endpoint
        fill = endpoint.secrets.fill
        self._connections = Connections(
            fill(endpoint.url),
            endpoint.method,
            _merged({k: fill(v) for k, v in endpoint.headers.items()}),
            endpoint.timeout,
            endpoint.connections,
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
            response = self._ask(body)
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
        self._connections.close()

    def _ask(self, body: bytes) -> Response:
        try:
            return self._ask_once(body)  # outside tenacity, which takes as long as all else here
        except _Unanswered as error:
            failure, counted = error, False

        def attempt() -> Response:
            nonlocal failure, counted
            if not counted:  # that attempt was one
                counted = True
                raise failure
            tell_retry(billed=failure.billed)
            try:
                return self._ask_once(body)
            except _Unanswered as error:
                failure = error
                raise

        return self._attempts(attempt)

    def _ask_once(self, body: bytes) -> Response:
        signer = self._endpoint.signer
        try:
            response = self._connections.send(body, signer.headers() if signer else None)
        except TimedOut:
            raise _Unanswered(f"nothing came within {self._endpoint.timeout:g} s") from None
        except NotTrusted as error:
            raise TargetUnreachable(
                f"{self._endpoint.shown} can't be trusted: {self.hide(str(error))}",
                hint="name the authority that vouches for it in SSL_CERT_FILE",
            ) from None
        except ConnectionFailed as error:
            raise _Unanswered(f"the connection failed ({self.hide(str(error))})") from None
        if response.status // 100 == 2:
            return response
        status = _status(response)
        if response.status in _AGAIN or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Unanswered(
                status,
                self._wait_asked_for(response, status),
                billed=response.status != HTTPStatus.TOO_MANY_REQUESTS,
            )
        raise TargetUnreachable(
            f"{self._endpoint.shown} refused the request: {status}{self._excerpt(response)}",
            hint=self._hint(response),
        )

    def _wait_asked_for(self, response: Response, status: str) -> float:
        seconds = response.retry_after
        if seconds > LONGEST_WAIT:
            raise TargetUnreachable(
                f"{self._endpoint.shown} answered {status} and asks to wait {seconds:.0f} s,"
                f" which is more than {LONGEST_WAIT:.0f} s",
                hint="try again later; what was answered so far is kept",
            )
        return seconds

    def _json(self, response: Response) -> object:
        try:
            answer: object = json.loads(response.body)
        except (ValueError, RecursionError):
            raise AnswerError(
                f"{self._endpoint.shown} must answer in JSON, got"
                f" {len(response.body)} bytes that are not{self._excerpt(response)}",
                hint="run the same again: what was answered so far is kept",
            ) from None
        return answer

    def _excerpt(self, response: Response) -> str:
        said = response.body.decode("utf-8", errors="replace")
        text = " ".join(self.hide(said).split())
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "..."
        return f": {shown}" if shown else ""

    def _hint(self, response: Response) -> str | None:
        if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            names = ", ".join(self._endpoint.secrets.names)
            if not names:
                return "the description names no credential"
            spent = response.status == HTTPStatus.FORBIDDEN
            return f"check what is in {names}" + (", and that its quota is not spent" * spent)
        if response.status // 100 == 3:
            return "the service has moved: put its new address into the description"
        return _HINTS.get(response.status)


class _Unanswered(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """One attempt failed in a way that the next may not."""

    def __init__(self, what: str, retry_after: float = 0.0, billed: bool = True) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.billed = billed


_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: tenacity.RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    asked_for = failure.retry_after if isinstance(failure, _Unanswered) else 0.0
    # On top of what was asked for: threads turned away together must not come back together.
    return asked_for + float(_backoff(state))


def _merged(headers: Mapping[str, str]) -> dict[str, str]:
    """These, and that JSON is sent unless they say otherwise."""
    said = any(name.lower() == "content-type" for name in headers)
    return {**headers} if said else {"Content-Type": "application/json", **headers}


def _status(response: Response) -> str:
    known = response.status in set(HTTPStatus)
    return (
        f"{response.status} {HTTPStatus(response.status).phrase}" if known else str(response.status)
    )
