"""The service in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from isotopes.sites.tokens import new_token

PASSPHRASE = "four unusual words together"
TOKEN, LINE = new_token()


@dataclass
class Served:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    vault: Path

    def ask(
        self, method: str, address: str, body: bytes | None = None, token: str | None = TOKEN
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        try:
            connection.request(method, address, body, headers)
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        finally:
            connection.close()

    def mark(self, user: str, picture: bytes, **more: Any) -> tuple[int, bytes]:
        status, body, _ = self.ask("POST", f"/mark?user={user}", picture, **more)
        return status, body

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def close(self) -> str:
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> str:
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, said = self.process.communicate(timeout=60)
        return said


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts the service, as often as a test wants it."""
    started: list[Served] = []
    (tmp_path / "tokens").write_text(f"# the site\n{LINE}\n")
    environment = {**os.environ, "ISOTOPES_PASSPHRASE": PASSPHRASE}

    def start(*more: str) -> Served:
        vault = tmp_path / "vault.sqlite"
        command = [sys.executable, "-m", "isotopes", "serve", "--port", "0", "--workers", "1"]
        command += ["--tokens", str(tmp_path / "tokens"), "--vault", str(vault), *more]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout is not None
        port = int(process.stdout.readline().strip().rpartition(":")[2])
        started.append(Served(process, port, vault))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def photos(tmp_path: Path) -> list[bytes]:
    """Six JPEGs."""
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(4)
    for number in range(6):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
        path = tmp_path / "photos" / f"{number}.jpg"
        coarse.resize((320, 240), Image.Resampling.BICUBIC).save(path, quality=90)
    return [path.read_bytes() for path in sorted((tmp_path / "photos").iterdir())]


def as_json(body: bytes) -> Any:
    return json.loads(body)
