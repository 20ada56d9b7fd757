"""docs/python.md runs from top to bottom and shows every name of the front door."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import isotopes

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `photos` and `crowd`."""
    rng = np.random.default_rng(0)
    for folder, count, size, ending in (("photos", 20, 64, "jpg"), ("crowd", 40, 32, "png")):
        (tmp_path / folder).mkdir()
        for number in range(count):
            pixels = rng.integers(0, 256, (size // 8, size // 8, 3), np.uint8).repeat(8, 0)
            image = Image.fromarray(pixels.repeat(8, 1))
            image.save(tmp_path / folder / f"{number:02}.{ending}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def test_the_page_runs(home: Path) -> None:
    del home
    results = doctest.testfile(
        str(PAGE), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS
    )
    assert results.attempted > 40
    assert results.failed == 0


def test_every_name_has_an_example() -> None:
    code = "\n".join(re.findall(r"```pycon\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    imported = re.findall(r">>> from isotopes import (.*)", code)
    shown = {name for names in imported for name in names.split(", ")}
    assert shown == set(isotopes.__all__)
    for name in shown:
        assert len(re.findall(rf"\b{name}\b", code)) >= 2, f"{name} is imported and never used"
