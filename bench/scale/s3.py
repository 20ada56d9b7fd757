"""A bucket on S3's wire format, and a proxy that resets its connections while bytes pass."""

from __future__ import annotations

import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection

BUCKET = "data"
PIECE = 1 << 14  # bytes passed on at a time
START_SECONDS = 120
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, and drops what was not sent


class ResettingProxy:
    """Passes TCP connections on to a port of this machine, and resets one when it is told to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._lock = threading.Lock()
        self._allowed: int | None = None  # bytes that still pass before a reset
        self._reset = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def reset_after(self, size: int, seconds: float) -> bool:
        """Reset the connection that sends or receives the byte of this number from now on.

        Args:
            seconds: to wait for so many bytes.

        Returns:
            Whether a connection was reset.
        """
        self._reset.clear()
        with self._lock:
            self._allowed = size
        if self._reset.wait(seconds):
            return True
        with self._lock:
            self._allowed = None
        return self._reset.is_set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._port))
            for source, target in ((ours, theirs), (theirs, ours)):
                arguments = (source, target, (ours, theirs))
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, both: tuple[socket.socket, ...]
    ) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                passing = self._passing(len(piece))
                target.sendall(piece[:passing])
                if passing < len(piece):
                    for one in both:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
        for one in both:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RD)  # ends the other thread's recv
            one.close()

    def _passing(self, size: int) -> int:
        """How many of these bytes pass before the connection is reset; all, if it isn't."""
        with self._lock:
            if self._allowed is None:
                return size
            if size <= self._allowed:
                self._allowed -= size
                return size
            passing, self._allowed = self._allowed, None
        self._reset.set()
        return passing


@contextmanager
def bucket() -> Iterator[tuple[int, ResettingProxy]]:
    """An empty bucket: the server's port, and a proxy before it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        proxy = ResettingProxy(port)
        try:
            _await(port)
            _make_bucket(port)
            yield port, proxy
        finally:
            proxy.close()
            server.terminate()


def environment(port: int) -> Mapping[str, str]:
    """The variables by which obstore finds the server on this port."""
    return {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }


def random_size(rng: random.Random, largest: int) -> int:
    """Bytes before a reset; all orders of magnitude are as likely, so heads and bodies are hit."""
    return int(largest ** rng.random())


def _make_bucket(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    signed = "Credential=bench/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {signed}", "Content-Length": "0"}
    connection.request("PUT", f"/{BUCKET}", headers=headers)
    if connection.getresponse().status != 200:
        raise RuntimeError("moto's server made no bucket")
    connection.close()


def _await(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise RuntimeError(
                    f"moto's server did not start within {START_SECONDS} s"
                ) from None
            time.sleep(0.1)
        else:
            return
