"""A local HTTP server that answers with a real model, in a service's wire format."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from isotopes.closing import Closing
from isotopes.errors import FakeRefusal
from isotopes.targets.target import Target
from isotopes.testing.faults import Fault, Reply
from isotopes.testing.wire import Request, WireFormat


class HttpFake(Closing):
    """A server on this machine, for as long as the `with` block lasts, that misbehaves on demand.

    Attributes:
        requests: all requests that it received, in order.
    """

    def __init__(
        self, faults: Iterable[Fault | None] = (), *, delay: float = 0, port: int = 0
    ) -> None:
        """Set up a service.

        Args:
            faults: the first request gets the first fault, and so on; None, and every request
                after the last fault, is answered as it should be.
            delay: seconds that each answer takes.
            port: of this machine to listen on; 0 for any that is free.
        """
        self.requests: list[Request] = []
        self._faults = iter(faults)
        self._delay = delay
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _Server(self, port)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """Where it listens, with a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_port}/"

    @property
    @abstractmethod
    def content_type(self) -> str:
        """Of every answer."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def reply(self, request: Request) -> Reply:
        """What to send, after the delay."""
        with self._lock:
            self.requests.append(request)
            fault = next(self._faults, None)
            self.note(len(self.requests))
        reply = self.answer(request)
        if fault is not None:
            reply = self.restate(fault(reply))
        self._closing.wait(reply.delay + self._delay)
        return reply

    def note(self, requests: int) -> None:  # noqa: B027 - most services never change
        """Called for each request, one at a time, with the number of requests so far."""

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """What a working service sends."""

    @abstractmethod
    def restate(self, reply: Reply) -> Reply:
        """`reply`, after a fault has changed it, in this service's own form."""


class FakeServer(HttpFake):
    """Serves `model` on a free port of this machine for as long as the `with` block lasts.

    ``with FakeServer(OnnxTarget(path), PlainJson("objects")) as server: ... server.url ...``
    """

    def __init__(
        self,
        model: Target,
        wire: WireFormat,
        faults: Iterable[Fault | None] = (),
        *,
        delay: float = 0,
        successor: Target | None = None,
        change_after: int = 0,
        port: int = 0,
    ) -> None:
        """Set up a service.

        Args:
            faults, delay, port: as `HttpFake`.
            successor: the model that answers, as a new version, after `change_after` requests.
        """
        super().__init__(faults, delay=delay, port=port)
        self._model = model
        self._wire = wire
        self._wire.labels = model.labels or ()
        self._successor = successor
        self._change_after = change_after

    @property
    def content_type(self) -> str:
        return self._wire.content_type

    def note(self, requests: int) -> None:
        if self._successor is not None and requests > self._change_after:
            self._model, self._wire.version = self._successor, "2"

    def answer(self, request: Request) -> Reply:
        if request.method == "GET":
            about = self._wire.describe(request)
            return (
                Reply(self._wire.refusal(404, "not found"), 404) if about is None else Reply(about)
            )
        try:
            pictures = self._wire.read(request)
        except ValueError as error:
            return Reply(self._wire.refusal(400, str(error)), 400)
        except FakeRefusal as refused:
            return Reply(self._wire.refusal(refused.status, str(refused)), refused.status)
        return Reply(self._wire.write(self._model.ask(pictures), request))

    def restate(self, reply: Reply) -> Reply:
        return self._wire.restate(reply)


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a client may keep its connection open for ever
    request_queue_size = 128

    def __init__(self, fake: HttpFake, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.fake = fake


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet

    def do_POST(self) -> None:
        """Answer one request."""
        assert isinstance(self.server, _Server)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, body, self.command)
        self._send(self.server.fake.reply(request), self.server.fake.content_type)

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the standard library looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Log nothing: tests look at `FakeServer.requests`."""

    def _send(self, reply: Reply, content_type: str) -> None:
        self.close_connection = reply.silent or reply.sent is not None
        if reply.silent:
            return
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: reply.sent])
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # the client did not wait
