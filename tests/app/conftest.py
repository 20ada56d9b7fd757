"""The application in a process of its own, and a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from app_server import Running, start
from PIL import Image


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
