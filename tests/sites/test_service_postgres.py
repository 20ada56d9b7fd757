"""The service with its vault in a real PostgreSQL server: whatever is killed, no picture that was
given out carries a key that the vault doesn't have.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from site_service import PASSPHRASE, Serve, Served

from isotopes.photos import mark_picture
from isotopes.vault import Vault

pytestmark = pytest.mark.timeout(240)

CLIENTS = 50
ENOUGH = 15  # pictures before something is killed, and after


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        made = PostgresServer(Path(folder))
        yield made
        made.stop()


class Load:
    """Clients that send pictures of ever new users, each until its picture comes back."""

    def __init__(self, service: Served, photos: list[bytes]) -> None:
        self.service, self.photos = service, photos
        self.given: dict[str, tuple[bytes, bytes]] = {}  # user -> picture, marked picture
        self.refused: set[int] = set()
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._clients = [self._pool.submit(self._send, number) for number in range(CLIENTS)]

    def wait_for(self, count: int) -> None:
        """Wait until so many pictures came back."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.given) >= count, timeout=240)

    def kill(self) -> None:
        """Kill the service while all clients wait for it."""
        self._over.set()
        self.service.kill()
        self.end()

    def end(self) -> None:
        """Stop asking, and raise what went wrong in a client."""
        self._over.set()
        self._pool.shutdown()
        for client in self._clients:
            client.result()

    def _send(self, client: int) -> None:
        number = 0
        while not self._over.is_set():
            user, photo = f"user{client}.{number}", self.photos[number % len(self.photos)]
            try:
                status, body = self.service.mark(user, photo)
            except (OSError, HTTPException):
                if self._over.is_set():
                    return  # killed by the test
                raise
            if status != 200:
                self.refused.add(status)
                self._over.wait(0.2)
                continue
            with self._changed:
                self.given[user] = photo, body
                self._changed.notify_all()
            number += 1


def assert_every_mark_is_known(vault: str, given: dict[str, tuple[bytes, bytes]]) -> None:
    """The vault's keys make exactly the pictures that were given out, and it has recorded them."""
    with Vault.open(vault, lambda: PASSPHRASE) as opened:
        for user, (photo, marked) in given.items():
            isotope = opened.get(f"users/{user}")
            assert mark_picture(photo, isotope.mark(), isotope.alpha).data == marked
            recorded = {entry.sha256_after for entry in opened.files(isotope.name)}
            assert f"sha256:{hashlib.sha256(marked).hexdigest()}" in recorded


def test_a_killed_service_has_given_out_no_unsaved_key(
    serve: Serve, photos: list[bytes], server: PostgresServer
) -> None:
    vault = server.new_database()
    load = Load(serve(vault=vault), photos)
    load.wait_for(ENOUGH)
    load.kill()
    assert_every_mark_is_known(vault, load.given)
    again = serve(vault=vault)  # the same users keep their keys
    user, (photo, marked) = next(iter(load.given.items()))
    assert again.mark(user, photo) == (200, marked)


@pytest.mark.parametrize("abruptly", [False, True], ids=["tidily", "abruptly"])
def test_a_database_restarted_under_load_costs_only_refusals(
    abruptly: bool, serve: Serve, photos: list[bytes], server: PostgresServer
) -> None:
    vault = server.new_database()
    load = Load(serve(vault=vault), photos)
    load.wait_for(ENOUGH)
    server.stop(abruptly=abruptly)
    assert load.service.ask("GET", "/health")[0] == 503
    server.start()
    load.wait_for(len(load.given) + CLIENTS + ENOUGH)  # so many came after it was back
    load.end()
    assert load.refused == {503}
    assert load.service.ask("GET", "/health")[0] == 200
    assert_every_mark_is_known(vault, load.given)
