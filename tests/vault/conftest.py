from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres_server import PostgresServer

from isotopes.marks import get_family
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.vault.keys import sealing

PLAN = {"statistic": "mean-gain", "method": "rank", "level": 0.01, "label_search": True}


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt at its real cost would take most of the suite's time."""
    monkeypatch.setattr(sealing, "SCRYPT_N", 2**4)


@pytest.fixture(autouse=True)
def _no_vault_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISOTOPES_VAULT", raising=False)
    monkeypatch.delenv("ISOTOPES_PASSPHRASE", raising=False)


@pytest.fixture
def make() -> Callable[..., Isotope]:
    def make_isotope(name: str = "holiday", **terms: Any) -> Isotope:
        chosen = {"alpha": 0.375, "label": "tabby", "plan": PLAN, "decoys": 199, **terms}
        return new_isotope(name, get_family("dead_leaves"), **chosen)

    return make_isotope


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "vault.sqlite"


@pytest.fixture(params=["sealed", "unsealed"])
def vault(place: Path, request: pytest.FixtureRequest) -> Iterator[Vault]:
    with Vault.create(place, (lambda: "hunter2") if request.param == "sealed" else None) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = PostgresServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> str:
    """The URL of an empty database."""
    return postgres_server.new_database()
