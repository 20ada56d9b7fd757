from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from isotopes.errors import MarkError, VaultError
from isotopes.vault import Vault
from isotopes.vault.commitments.beacon import MOST_BYTES
from isotopes.workflows.fetching import fetch
from isotopes.workflows.marking.preparing import Commitment, prepare_isotope, read_beacon

PULSE = b'{"pulse": {"outputValue": "8F1C"}}'


class Beacon(BaseHTTPRequestHandler):
    """Answers like a beacon's server: with a value, an error, or without an end."""

    def do_GET(self) -> None:
        if self.path == "/404":
            self.send_error(404)
            return
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/new?key=secret")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PULSE if self.path == "/7" else bytes(MOST_BYTES + 10))

    do_POST = do_GET  # noqa: N815 - the standard library looks for this name

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Beacon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_value_by_address(address: str) -> None:
    assert read_beacon(f"{address}/7") == PULSE


def test_answers_that_are_no_value(address: str) -> None:
    with pytest.raises(VaultError, match="answers with an error: 404"):
        read_beacon(f"{address}/404")
    with pytest.raises(VaultError, match="answers with more than 65,536 bytes"):
        read_beacon(f"{address}/endless")
    with pytest.raises(VaultError, match="can't be reached"):
        read_beacon("http://127.0.0.1:1/")


def test_an_answer_that_points_elsewhere_says_where(address: str) -> None:
    with pytest.raises(VaultError, match=f"307 [^,]*, which points to {address}/new$"):
        fetch(f"{address}/moved", b"body")  # a GET is led on by itself, what was sent is not


def test_a_value_by_digits_or_file(tmp_path: Path) -> None:
    (tmp_path / "pulse.json").write_bytes(PULSE)
    assert read_beacon(str(tmp_path / "pulse.json")) == PULSE
    assert read_beacon("00FF" * 16) == b"\x00\xff" * 16


@pytest.mark.parametrize("text", ["00" * 15, "0" * 33, "xyz", "", "file:///etc/passwd"])
def test_what_is_no_value(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(VaultError, match="must be 32 or more hexadecimal digits, a file or an add"):
        read_beacon(text)


def test_preparing_needs_a_beacon_and_decoys(tmp_path: Path) -> None:
    with Vault.create(tmp_path / "vault") as vault:
        with pytest.raises(VaultError, match="needs the beacon"):
            prepare_isotope(vault, "x", Commitment("gratings", 0.4))
        with pytest.raises(MarkError, match="at least 1 decoy, got 0"):
            prepare_isotope(
                vault, "x", Commitment("gratings", 0.4, decoys=0, beacon_source="drand 7")
            )
        prepared = prepare_isotope(vault, "x", Commitment("gratings", 0.4, beacon_source="drand 7"))
        assert vault.get("x") == prepared
        assert prepared.plan == {
            "method": "two-stage",
            "statistic": "log-odds",
            "level": 0.01,
            "picture_decoys": 99_999,
            "embedding_statistic": "embeddings",
        }
