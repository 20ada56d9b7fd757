from __future__ import annotations

import gzip
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from isotopes.errors import TargetUnreachable
from isotopes.targets.gate import OPEN
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint
from isotopes.targets.http.transport import ConnectionFailed, Connections, TimedOut


class Server(ThreadingHTTPServer):
    """Sends each body back, packed by gzip where the client takes that, after `delay` seconds."""

    daemon_threads = True

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.wait = threading.Event()
        self.delay = delay
        self.lock = threading.Lock()
        self.heads: list[tuple[str, dict[str, str]]] = []
        self.at_once = self.most_at_once = self.connections = 0

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.wait.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that trusts no certificate hangs up."""


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.heads.append((self.command, dict(self.headers.items())))
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        self.server.wait.wait(self.server.delay)
        with self.server.lock:
            self.server.at_once -= 1
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        answer = gzip.compress(body) if packed else body
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def opened(
    server: Server, method: str = "POST", timeout: float = 10, most: int = 1
) -> Iterator[Connections]:
    url = f"http://127.0.0.1:{server.server_port}/"
    connections = Connections(url, method, {"X-Of-All": "1"}, timeout, most)
    yield connections
    connections.close()


def test_each_answer_belongs_to_its_question_and_no_more_connections_are_open() -> None:
    bodies = [f'"{number}"'.encode() * 50 for number in range(60)]
    with (
        Server(delay=0.01) as server,
        opened(server, most=4) as connections,
        ThreadPoolExecutor(12) as threads,
    ):
        answers = list(threads.map(connections.send, bodies))
    assert [answer.body for answer in answers] == bodies
    assert server.most_at_once == server.connections == 4


def test_one_after_another_share_one_connection() -> None:
    with Server() as server, opened(server, most=8) as connections:
        assert [connections.send(b"x" * n).body for n in (1, 100_000, 2)] == [
            b"x",
            b"x" * 100_000,
            b"xx",
        ]
    assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_the_method_is_that_asked_for(method: str) -> None:
    with Server() as server, opened(server, method) as connections:
        connections.send(b"" if method == "GET" else b"{}")
    ((said, headers),) = server.heads
    assert said == method
    assert headers["X-Of-All"] == "1"
    assert "Expect" not in headers


def test_a_request_may_have_headers_of_its_own() -> None:
    with Server() as server, opened(server) as connections:
        for token in ("one", "two"):
            connections.send(b"{}", OPEN, {"X-Token": token})
    sent = [(headers["X-Of-All"], headers["X-Token"]) for _, headers in server.heads]
    assert sent == [("1", "one"), ("1", "two")]


def test_a_late_answer_is_given_up_and_its_connection_not_used_again() -> None:
    with Server(delay=1) as server, opened(server, timeout=0.1) as connections:
        with pytest.raises(TimedOut, match="timed out"):
            connections.send(b"late")
        server.delay = 0
        assert connections.send(b"again").body == b"again"
    assert server.connections == 2


def test_the_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        connections = Connections("http://nowhere.invalid/v1", "POST", {}, 10, 1)
        assert connections.send(b"{}").body == b"{}"
        connections.close()
        with Server() as server, opened(server) as connections:
            connections.send(b"{}")
    assert [len(one.heads) for one in (proxy, server)] == [1, 1]
    assert proxy.heads[0][1]["Host"] == "nowhere.invalid"


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.mark.parametrize(
    ("name", "known", "trusted"),
    [("127.0.0.1", True, True), ("127.0.0.1", False, False), ("127.0.0.2", True, False)],
)
def test_only_a_certificate_for_the_name_by_a_known_authority_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, known: bool, trusted: bool
) -> None:
    certificate, key = certify(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Server() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://127.0.0.1:{server.server_port}/v1?key=private"
        caller = JsonCaller(Endpoint(url))
        if trusted:
            assert caller.call(b"[1]", lambda answer: answer) == [1]
        else:
            with pytest.raises(TargetUnreachable, match="can't be trusted: ") as caught:
                caller.call(b"[1]", lambda answer: answer)
            assert "private" not in str(caught.value)
            assert "SSL_CERT_FILE" in str(caught.value.hint)
        caller.close()
    assert len(server.heads) == trusted


def test_nobody_there_is_told() -> None:
    with Server() as server:
        pass
    with opened(server) as connections, pytest.raises(ConnectionFailed, match="connect to"):
        connections.send(b"")


class Closing(Server):
    """Hangs up in place of every second answer on a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Closing


class _Closing(_Echo):
    answered = 0

    def do_POST(self) -> None:
        if self.answered:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.server.heads.append((self.command, {}))
            self.close_connection = True
        else:
            super().do_POST()
            self.answered += 1

    do_PUT = do_POST  # noqa: N815


@pytest.mark.parametrize("size", [1, 2_000_000])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_nothing_is_sent_again_on_another_connection(method: str, size: int) -> None:
    body = b"x" * size
    with Closing() as server, opened(server, method) as connections:
        assert connections.send(body).body == body
        with pytest.raises(ConnectionFailed, match="closed at the other end without an answer"):
            connections.send(body)
        assert len(server.heads) == 2
        assert connections.send(body).body == body
    assert len(server.heads) == 3
    assert server.connections == 2
