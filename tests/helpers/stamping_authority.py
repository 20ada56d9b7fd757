"""An RFC 3161 authority of our own, made with `openssl ts`, and a server that answers for it."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

CONFIG = """
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha256
default_days = 3650
default_crl_days = 30
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
commonName = x
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
authorityKeyIdentifier = keyid
[tsa]
default_tsa = tsa_own
[tsa_own]
serial = tsaserial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
certs = tsa.pem
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """A root certificate and one that signs time stamps.

    Attributes:
        root: the root's PEM file.
    """

    def __init__(self, folder: Path, name: str) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("needs openssl")
        folder.mkdir()
        self.folder, self.root = folder, folder / "root.pem"
        (folder / "openssl.cnf").write_text(CONFIG)
        (folder / "index.txt").write_text("")
        for serial in ("serial", "tsaserial"):
            (folder / serial).write_text("01\n")
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._openssl(
            *("req", "-x509", *curve, "-days", "3650", "-subj", f"/CN={name} root"),
            *("-extensions", "root", "-keyout", "root.key", "-out", "root.pem"),
        )
        self._openssl(
            *("req", *curve, "-subj", f"/CN={name}", "-keyout", "tsa.key", "-out", "tsa.csr")
        )
        self._openssl(
            *(
                "ca",
                "-batch",
                "-notext",
                "-extensions",
                "stamps",
                "-in",
                "tsa.csr",
                "-out",
                "tsa.pem",
            )
        )

    def answer(self, query: bytes) -> bytes:
        """The stamp that was asked for, DER."""
        (self.folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-queryfile", "query", "-out", "answer")
        return (self.folder / "answer").read_bytes()

    def revoke(self, reason: str) -> Path:
        """Revoke the certificate that signs; the list that says so, a PEM file."""
        self._openssl("ca", "-revoke", "tsa.pem", "-crl_reason", reason)
        return self.revocations()

    def revocations(self) -> Path:
        """What is revoked now."""
        self._openssl("ca", "-gencrl", "-out", "list.pem")
        return self.folder / "list.pem"

    def _openssl(self, command: str, *words: str) -> None:
        subprocess.run(
            ["openssl", command, *words, "-config", "openssl.cnf"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            timeout=60,
        )


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    """The address at which the authority answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"nonsense" if self.path == "/broken" else authority.answer(query))

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
