"""S3 on this machine, by moto's server, and a proxy before it that fails as real stores do."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

KEY = "test"
HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}
BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@contextmanager
def s3_server() -> Iterator[int]:
    """A server with no buckets; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(port)
            yield port
        finally:
            server.terminate()


@contextmanager
def failing_proxy(port: int, faults: list[str]) -> Iterator[int]:
    """A proxy to the server on `port`; its own port.

    Args:
        faults: what happens to requests in turn, over and over: "" for nothing, "503" and "429" for
            throttling, "500", "cut" for an answer that ends in its middle, "drop" for a closed
            connection.
    """
    turns = count()
    handler = type(
        "Handler",
        (_PassesOn,),
        {"port": port, "next_fault": staticmethod(lambda: faults[next(turns) % len(faults)])},
    )
    handler.do_GET = handler.do_PUT = handler.do_POST = _PassesOn.pass_on  # type: ignore[attr-defined]
    handler.do_HEAD = handler.do_DELETE = _PassesOn.pass_on  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _PassesOn(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    port: int
    next_fault: Callable[[], str]

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.next_fault()
        if fault.isdigit():
            self._answer(int(fault), [], BUSY)
            return
        if fault == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        upstream = HTTPConnection("127.0.0.1", self.port)
        upstream.request(self.command, self.path, body, dict(self.headers))
        found = upstream.getresponse()
        self._answer(found.status, found.getheaders(), found.read(), cut=fault == "cut")
        upstream.close()

    def _answer(
        self, status: int, headers: list[tuple[str, str]], body: bytes, cut: bool = False
    ) -> None:
        self.send_response_only(status)
        length = next((v for k, v in headers if k.lower() == "content-length"), len(body))
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True


def environment(port: int) -> dict[str, str]:
    """What tells obstore, and Amazon's own tools, of the server on this port."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }


def make_bucket(port: int, name: str) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    signed = f"Credential={KEY}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {signed}", "Content-Length": "0"}
    connection.request("PUT", f"/{name}", headers=headers)
    assert connection.getresponse().status == 200
    connection.close()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("moto's server did not start within 60 s")
