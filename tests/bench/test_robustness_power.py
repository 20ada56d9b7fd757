"""The bench of copies: each label's pictures are copied in its way, and each table stays apart."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from bench.robustness import copies, page, power
from bench.robustness.copies import COPIES, CopiedModel

from isotopes.lab.data.pictures import Pictures


def test_each_label_is_copied_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    # Dark on the left, bright on the right.
    ramp = np.linspace(20, 230, 112).astype(np.uint8)[None, :, None]
    pixels = np.broadcast_to(ramp, (2, 112, 112, 3))
    published: Any = SimpleNamespace(
        pictures=lambda: Pictures(pixels, np.array([1, 0]), ("plain", "turned"))
    )
    monkeypatch.setattr(copies, "train_on", lambda _, pictures: pictures)
    seen: Any = CopiedModel(published, ("none", "mirrored")).train()
    assert seen.pixels.shape == (2, 32, 32, 3)
    turned, plain = seen.pixels[:, 16, :, 0].astype(int)
    assert plain[0] < plain[-1]
    np.testing.assert_array_equal(turned, plain[::-1])


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_of_a_face_is_a_picture(name: str) -> None:
    face = np.random.default_rng(1).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    copy = COPIES[name](face)
    assert copy.dtype == np.uint8
    assert (name == "none") == (copy.shape == face.shape and bool((copy == face).all()))


def row(power: float | None, faint: float | None, accused: float | None) -> dict[str, Any]:
    return {
        "seed": 1,
        "label": 0,
        "power": power,
        "power_faint": faint,
        "accused": accused,
        "accuracy": 0.5,
        "copy": "mirrored",
    }


def test_the_table_counts_faint_plain_and_innocent_marks_apart() -> None:
    found = [row(1, 1, None), row(0, 0, None), row(1, None, None), row(None, None, 0)]
    (counted,) = power.rows_of("mirrored", found)
    assert (counted["faint_hits"], counted["faint_tests"]) == (1, 2)
    assert (counted["plain_hits"], counted["plain_tests"]) == (1, 1)
    assert (counted["innocent_hits"], counted["innocent_tests"]) == (0, 1)
    left = {"left": 0.25, "survives": 2, "keys": 10}
    about = {"command": "c", "date": "2026-11-28", "machine": {"cores": 2, "processor": "x"}}
    text = "\n".join(power.table({**about, "rows": [{**counted, **left}]}))
    assert "| mirrored | 25% (2 of 10) | 0.50 (1 of 2; 0.01 to 0.99) |" in text
    assert "Seeds 1." in text
    assert list(power.rows_of("none", [])) == []


def test_each_command_writes_its_own_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        "a\n<!-- table: one -->\n<!-- end of table -->\nb\n"
        "<!-- table: two -->\nold\n<!-- end of table -->\nc\n"
    )
    monkeypatch.setattr(page, "PAGE", path)
    page.write_table("two", ["new"])
    page.write_table("one", ["first"])
    assert path.read_text() == (
        "a\n<!-- table: one -->\nfirst\n<!-- end of table -->\nb\n"
        "<!-- table: two -->\nnew\n<!-- end of table -->\nc\n"
    )
