"""Answers that no service should give: endless, packed small, deep, odd. Each is one error."""

from __future__ import annotations

import gzip
import json
import resource
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tiny_network import pictures

from isotopes.errors import AnswerError, TargetError, TargetUnreachable
from isotopes.targets.http.description import read_http_description
from isotopes.targets.http.transport import LARGEST
from isotopes.targets.kinds.http_json import HttpTarget

Talk = Callable[[socket.socket], None]
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ROOM = 300 * 2**20  # bytes that one question may take


@contextmanager
def server(talk: Talk) -> Iterator[str]:
    """Reads a request and has `talk` answer it, again and again."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    read_request(connection)
                    talk(connection)
                except OSError:
                    continue  # the client hung up

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.close()


def read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)


@contextmanager
def asked(folder: Path, talk: Talk, *more: str) -> Iterator[HttpTarget]:
    with server(talk) as url:
        path = folder / "service.toml"
        lines = [
            f'url = "{url}"',
            "retries = 1",
            "timeout = 3",
            *more,
            "[request]",
            """body = '{"image": "{{image_base64}}"}'""",
            "[answer]",
            'form = "mapping"',
            'at = "@"',
            'completeness = "threshold"',
            "limit = 0",
        ]
        path.write_text("\n".join(lines), encoding="utf-8")
        target = HttpTarget(read_http_description(path))
        try:
            yield target
        finally:
            target.close()


@contextmanager
def little_memory() -> Iterator[None]:
    """Fails where the block takes more than `ROOM`."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < ROOM


def send(head: str, *parts: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(f"{HEAD}{head}\r\n".encode() + b"".join(parts))

    return talk


def endless(head: str, piece: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(f"{HEAD}{head}\r\n".encode())
        while True:
            connection.sendall(piece)

    return talk


def silent(connection: socket.socket) -> None:
    """Sends headers, then nothing until the client hangs up."""
    connection.sendall(f"{HEAD}\r\n".encode())
    connection.recv(1)


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def packed(data: bytes, times: int) -> bytes:
    """gzip of `data` so many times over. It packs `data` once: a gigabyte would take seconds."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(data, checksum)
    length = len(data) * times
    head, end = gzip.compress(b"")[:10], packer.flush()
    return head + block * times + end + struct.pack("<II", checksum, length % 2**32)


def packed_gigabyte() -> Talk:
    data = packed(MEGABYTE, 1024)
    return send(f"Content-Encoding: gzip\r\nContent-Length: {len(data)}\r\n", data)


MEGABYTE = b" " * 2**20
# Made when a test asks for it: every process that collects the tests would make all of them.
TOO_LARGE: dict[str, Callable[[], Talk]] = {
    "without an end": lambda: endless("Connection: close\r\n", MEGABYTE),
    "in chunks without an end": lambda: endless("Transfer-Encoding: chunked\r\n", chunk(MEGABYTE)),
    "announced as a terabyte": lambda: endless(f"Content-Length: {2**40}\r\n", MEGABYTE),
    "a gigabyte packed small": packed_gigabyte,
    "packed without an end": lambda: endless(
        "Content-Encoding: gzip\r\n", packed(MEGABYTE, 8)[:-8]
    ),
    "a little too much": lambda: send(f"Content-Length: {LARGEST + 1}\r\n", b" " * (LARGEST + 1)),
}


def test_what_is_packed_here_is_gzip() -> None:
    assert gzip.decompress(packed(b"ab", 3)) == b"ababab"


@pytest.mark.parametrize("answer", TOO_LARGE)
def test_an_answer_without_a_bound_is_given_up(tmp_path: Path, answer: str) -> None:
    with asked(tmp_path, TOO_LARGE[answer]()) as target, little_memory():
        start = time.monotonic()
        with pytest.raises(TargetError, match="sent an answer of more than 16 MiB|no answer in 2"):
            target.ask(pictures(1))
        assert time.monotonic() - start < 30


def test_headers_without_an_end_are_given_up(tmp_path: Path) -> None:
    line = b"X-More: " + b"x" * 1000 + b"\r\n"
    with (
        asked(tmp_path, silent) as target,
        little_memory(),
        pytest.raises(TargetUnreachable),
    ):
        target.ask(pictures(1))

    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD.encode())
        while True:
            connection.sendall(line)

    with asked(tmp_path, talk) as target, little_memory(), pytest.raises(TargetUnreachable):
        target.ask(pictures(1))


def test_an_answer_byte_by_byte_is_given_up_in_time(tmp_path: Path) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(f"{HEAD}Content-Length: 100000\r\n\r\n".encode())
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)

    with asked(tmp_path, talk) as target:
        start = time.monotonic()
        with pytest.raises(TargetUnreachable, match="nothing came within 3 s"):
            target.ask(pictures(1))
        assert time.monotonic() - start < 20


def body(data: bytes) -> Talk:
    return send(f"Content-Length: {len(data)}\r\n", data)


ODD = {
    "a number of 4,000 digits": (b'{"cat": ' + b"1" * 4000 + b"}", "hundreds of digits"),
    "a number of 5,000 digits": (b'{"cat": ' + b"1" * 5000 + b"}", "can't be read as JSON"),
    "infinity": (b'{"cat": 1e999}', "must be a finite number, got inf"),
    "NaN": (b'{"cat": NaN}', "must be a finite number, got nan"),
    "half a character": (b'{"\\ud800cat": 0.5}', "a label must be valid Unicode"),
    "a label of 10 MB": (b'{"' + b"x" * 10**7 + b'": 0.5}', "at most 1,000 characters"),
    "lists in lists": (b"[" * 10**6, "can't be read as JSON"),
    "objects in objects": (b'{"a":' * 10**6, "can't be read as JSON"),
    "a list of five million": (b"[" + b"{}," * 5 * 10**6 + b"{}]", "there must be an object"),
    "a byte of no text": (b'{"c\xff": 0.5}', "can't be read as JSON"),
    "an escape sequence": (b'{"\\u001b[2J": "high"}', r"score of label '\\x1b\[2J' must be"),
    "nothing": (b"", "can't be read as JSON"),
    "a page": (b"<html>" * 1000, "can't be read as JSON"),
    "true": (b"true", "there must be an object with"),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_json_is_one_clear_error(tmp_path: Path, odd: str) -> None:
    data, message = ODD[odd]
    with (
        asked(tmp_path, body(data)) as target,
        pytest.raises(AnswerError, match=message) as caught,
    ):
        target.ask(pictures(1))
    told = f"{caught.value} {caught.value.hint}"
    assert len(told) < 800
    assert "\x1b" not in told
    told.encode()


def test_one_label_more_than_allowed_is_refused(tmp_path: Path) -> None:
    data = json.dumps(dict.fromkeys(map(str, range(200_001)), 0.5)).encode()
    with (
        asked(tmp_path, body(data)) as target,
        pytest.raises(AnswerError, match="at most 200,000 labels") as caught,
    ):
        target.ask(pictures(1))
    assert len(f"{caught.value} {caught.value.hint}") < 800


def test_what_is_packed_sensibly_is_read(tmp_path: Path) -> None:
    data = gzip.compress(json.dumps({"cat": 0.75, "dog": 0.25}).encode())
    talk = send(f"Content-Encoding: gzip\r\nContent-Length: {len(data)}\r\n", data)
    with asked(tmp_path, talk) as target:
        assert target.ask(pictures(1)).values.tolist() == [[0.75, 0.25]]
