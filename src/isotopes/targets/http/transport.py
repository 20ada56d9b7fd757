"""Carries requests to one address over connections that stay open, with libcurl.

libcurl sends, waits, reads and unpacks outside Python's lock, so threads that ask at once delay
each other by only a fraction of a millisecond; docs/dependencies.md compares it with Python
clients. It uses the proxy that the environment names (``https_proxy``, ``no_proxy``).
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from queue import LifoQueue

import pycurl

from isotopes.targets.gate import OPEN, Gate

LARGEST = 16 * 2**20  # bytes of an answer, unpacked: 100,000 labels take 6 MiB


class ConnectionFailed(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """No complete answer came back; another attempt may get one."""


class TimedOut(ConnectionFailed):
    """No answer came back in time."""


class NotTrusted(ConnectionFailed):
    """The server has no valid certificate for its name, so another attempt won't help."""


class TooLarge(ConnectionFailed):
    """The answer has more than `LARGEST` bytes, so another attempt won't help."""


@dataclass(frozen=True)
class Response:
    """What came back.

    Attributes:
        retry_after: seconds that the server asks to wait, or 0.
        location: where it says to ask instead; empty if it doesn't.
    """

    status: int
    body: bytes
    retry_after: float = 0.0
    location: str = ""


class Connections:
    """A pool of connections to one address, for any number of threads."""

    def __init__(
        self, url: str, method: str, headers: Mapping[str, str], timeout: float, most: int
    ) -> None:
        """Prepare the pool; nothing is sent yet.

        Args:
            headers: of all requests.
            timeout: seconds for a request, from connecting to the last byte of the answer.
            most: connections at once; further requests wait for a free one.
        """
        self._headers = headers
        self._sends = method != "GET"
        # Last in, first out, so that no more are opened than needed.
        self._idle: LifoQueue[pycurl.Curl] = LifoQueue()
        for _ in range(most):
            self._idle.put(_connection(url, method, timeout, headers))

    def send(
        self, body: bytes, gate: Gate = OPEN, headers: Mapping[str, str] | None = None
    ) -> Response:
        """The answer to one request, whatever its status. Redirects are not followed.

        Args:
            gate: is checked right before the request is sent.
            headers: of this request, added to those of all. Later requests must set the same
                names.

        Raises:
            ConnectionFailed: there is no complete answer, or too large a one.
            AskingCancelled: nothing was sent, because the gate closed.
        """
        received = _Body()
        connection = self._idle.get()
        try:
            gate.check()
            if headers is not None:
                connection.setopt(pycurl.HTTPHEADER, _lines({**self._headers, **headers}))
            if self._sends:
                # libcurl can't rewind a body given this way. With POSTFIELDS libcurl would send the
                # request again by itself when the server closes a connection in use, and neither
                # rate limit nor budget would hear of it.
                connection.setopt(pycurl.READFUNCTION, io.BytesIO(body).read)
                connection.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
            connection.setopt(pycurl.WRITEFUNCTION, received.write)
            connection.perform()
            status = connection.getinfo(pycurl.RESPONSE_CODE)
            elsewhere = connection.getinfo_raw(pycurl.REDIRECT_URL) or b""
            wait = 0.0 if status < 400 else float(connection.getinfo(pycurl.RETRY_AFTER))
        except pycurl.error as error:
            if received.too_large:
                raise TooLarge("the answer is too large") from None
            raise _failure(int(error.args[0]), connection.errstr()) from None
        finally:
            self._idle.put(connection)
        location = elsewhere.decode("utf-8", errors="replace")
        return Response(status, received.content, wait, location)

    def close(self) -> None:
        """Close all connections. None may be in use."""
        while not self._idle.empty():
            self._idle.get().close()


class _Body:
    """Collects an answer and stops libcurl when it gets too large. libcurl unpacks as it reads, so
    a small answer can't unpack to a huge one."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def too_large(self) -> bool:
        return self._size > LARGEST

    @property
    def content(self) -> bytes:
        return b"".join(self._parts)

    def write(self, part: bytes) -> int:
        """Take one part; any result but its length makes libcurl stop."""
        self._size += len(part)
        if self.too_large:
            return -1
        self._parts.append(part)
        return len(part)


def _connection(url: str, method: str, timeout: float, headers: Mapping[str, str]) -> pycurl.Curl:
    connection = pycurl.Curl()
    milliseconds = max(1, round(1000 * timeout))
    settings = {
        pycurl.URL: url,
        pycurl.CUSTOMREQUEST: method,
        pycurl.HTTPHEADER: _lines(headers),
        pycurl.CONNECTTIMEOUT_MS: milliseconds,
        pycurl.TIMEOUT_MS: milliseconds,
        pycurl.UPLOAD_BUFFERSIZE: 2**19,  # most bodies go in one piece
        pycurl.NOSIGNAL: 1,  # required with threads
        pycurl.ACCEPT_ENCODING: "",  # everything that it can unpack
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,  # one request at a time on each
    }
    if method != "GET":
        settings[pycurl.POST] = 1
    trusted = ssl.get_default_verify_paths()  # SSL_CERT_FILE, SSL_CERT_DIR, or the system's
    if trusted.cafile is not None:
        settings[pycurl.CAINFO] = trusted.cafile
    if trusted.capath is not None:
        settings[pycurl.CAPATH] = trusted.capath
    for option, value in settings.items():
        connection.setopt(option, value)
    return connection


def _lines(headers: Mapping[str, str]) -> list[str]:
    """Headers as libcurl takes them. Without Expect, which costs a second with long bodies."""
    return ["Expect:", *(f"{name}: {value}" for name, value in headers.items())]


def _failure(code: int, reason: str) -> ConnectionFailed:
    if code == pycurl.E_SEND_FAIL_REWIND:  # see `send`; libcurl's own text would confuse people
        reason = "closed at the other end without an answer"
    return _FAILURES.get(code, ConnectionFailed)(reason)


_FAILURES: dict[int, type[ConnectionFailed]] = {
    pycurl.E_OPERATION_TIMEDOUT: TimedOut,
    pycurl.E_PEER_FAILED_VERIFICATION: NotTrusted,
}
