"""The application in a process of its own, and a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import Running, enter, start, write_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's folder with photos of two kinds."""
    return write_home(tmp_path)


@pytest.fixture
def fresh(home: Path) -> Iterator[Callable[[], Running]]:
    """Starts the application, as often as a test wants it."""
    started: list[Running] = []

    def make() -> Running:
        started.append(start(home))
        return started[-1]

    yield make
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One application for tests that leave it as it was: nobody has chosen a passphrase yet."""
    made = start(write_home(tmp_path_factory.mktemp("home")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def visitor(running: Running, chromium: Any) -> Any:
    """A browser that came in by the link of that application."""
    page, _ = enter(chromium, running)
    return page.context
