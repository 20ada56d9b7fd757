"""The application in a process of its own, and a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_server import Running, start
from PIL import Image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's folder with photos of two kinds."""
    rng = np.random.default_rng(4)
    for folder in ("Holiday", "Others"):
        (tmp_path / folder).mkdir()
        for number in range(12):
            coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            photo = Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)
            photo.save(tmp_path / folder / f"IMG_{number:04}.jpg", quality=90)
    return tmp_path


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


@pytest.fixture
def running(fresh: Callable[[], Running]) -> Running:
    return fresh()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()
