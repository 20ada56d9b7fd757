"""Carries requests to one address over connections that stay open, by libcurl.

libcurl sends, waits, reads and unpacks outside Python's lock, so that threads which ask at once
hold each other up for a fraction of a millisecond: see docs/dependencies.md for what the Python
clients take. It goes through the proxy that the environment names (``https_proxy``, ``no_proxy``).
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from queue import LifoQueue

import pycurl

from isotopes.targets.asking.attempts import check_wanted


class ConnectionFailed(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """No whole answer came back; another attempt may get one."""


class TimedOut(ConnectionFailed):
    """None came back in time."""


class NotTrusted(ConnectionFailed):
    """Whoever answers has no certificate for the name: another attempt won't help."""


@dataclass(frozen=True)
class Response:
    """What came back.

    Attributes:
        retry_after: seconds that the server asks to wait, 0 where it doesn't.
    """

    status: int
    body: bytes
    retry_after: float = 0.0


class Connections:
    """As many connections to one address as may be open at once; threads may share them."""

    def __init__(
        self, url: str, method: str, headers: Mapping[str, str], timeout: float, most: int
    ) -> None:
        """Get ready; nothing is sent yet.

        Args:
            headers: of all requests.
            timeout: seconds for a request, from connecting to the answer's last byte.
            most: connections at once; further requests wait for one of them.
        """
        self._headers = headers
        self._sends = method != "GET"
        # The one used last is taken first, so that no more are opened than are needed.
        self._idle: LifoQueue[pycurl.Curl] = LifoQueue()
        for _ in range(most):
            self._idle.put(_connection(url, method, timeout, headers))

    def send(self, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to one request, whatever its status. No redirect is followed.

        Args:
            headers: of this request, beside those of all; all later ones must give the same names.

        Raises:
            ConnectionFailed: there is none.
            AskingEnded: nothing was sent, as the asking ended while a connection was waited for.
        """
        connection = self._idle.get()
        try:
            check_wanted()
            if headers is not None:
                connection.setopt(pycurl.HTTPHEADER, _lines({**self._headers, **headers}))
            if self._sends:
                # Given this way, a body can't be taken back to its start. So libcurl can't do what
                # it would do with POSTFIELDS where a connection in use is closed at the other end:
                # send the request again, which no rate and no budget would hear of.
                connection.setopt(pycurl.READFUNCTION, io.BytesIO(body).read)
                connection.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
            found = connection.perform_rb()
            status = connection.getinfo(pycurl.RESPONSE_CODE)
            wait = 0.0 if status < 400 else float(connection.getinfo(pycurl.RETRY_AFTER))
        except pycurl.error as error:
            raise _failure(int(error.args[0]), connection.errstr()) from None
        finally:
            self._idle.put(connection)
        return Response(status, found, wait)

    def close(self) -> None:
        """Close all connections; none may be in use."""
        while not self._idle.empty():
            self._idle.get().close()


def _connection(url: str, method: str, timeout: float, headers: Mapping[str, str]) -> pycurl.Curl:
    connection = pycurl.Curl()
    milliseconds = max(1, round(1000 * timeout))
    settings = {
        pycurl.URL: url,
        pycurl.CUSTOMREQUEST: method,
        pycurl.HTTPHEADER: _lines(headers),
        pycurl.CONNECTTIMEOUT_MS: milliseconds,
        pycurl.TIMEOUT_MS: milliseconds,
        pycurl.UPLOAD_BUFFERSIZE: 2**19,  # most bodies in one piece
        pycurl.NOSIGNAL: 1,  # threads
        pycurl.ACCEPT_ENCODING: "",  # all that it can unpack
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
    """As libcurl takes them; without Expect, for which it would wait a second on long bodies."""
    return ["Expect:", *(f"{name}: {value}" for name, value in headers.items())]


def _failure(code: int, reason: str) -> ConnectionFailed:
    if code == pycurl.E_SEND_FAIL_REWIND:  # see `send`; libcurl's reason is its own affair
        reason = "closed at the other end without an answer"
    return _FAILURES.get(code, ConnectionFailed)(reason)


_FAILURES: dict[int, type[ConnectionFailed]] = {
    pycurl.E_OPERATION_TIMEDOUT: TimedOut,
    pycurl.E_PEER_FAILED_VERIFICATION: NotTrusted,
}
