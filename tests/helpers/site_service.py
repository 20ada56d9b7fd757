"""The service for sites in a process of its own, and a token for it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isotopes.sites.tokens import new_token

PASSPHRASE = "four unusual words together"
TOKEN, LINE = new_token()


@dataclass
class Served:
    """A running service."""

    process: subprocess.Popen[str]
    port: int
    vault: str | Path

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


def as_json(body: bytes) -> Any:
    return json.loads(body)
