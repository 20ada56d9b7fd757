from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_lab import make_tiny_lab


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the pictures of all tasks, and a cache; tasks take a second there."""
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        make_tiny_lab(folder, patch)
        yield folder
