"""A part of `python -m bench.fuzz_photos`: no altered picture ends in anything but its own fate."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from bench.fuzz_photos import Findings, batches, originals, run, spoiled_chunk
from same_process import SameProcess

from isotopes.photos.formats.png_chunks import read_chunks

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def test_a_hundred_of_them(tmp_path: Path) -> None:
    found = Findings()
    for number, batch in enumerate(batches(100, seed=7)):
        run(tmp_path / str(number), batch, None, SameProcess(), found)
    assert found.wrong == []
    rows = list(found.rows(7))
    assert sum(int(str(row["files"])) for row in rows) == 100
    assert sum(int(str(row["marked"])) for row in rows) > 20


def test_a_spoiled_chunk_has_its_right_checksum(tmp_path: Path) -> None:
    data = originals()["exif.png"]
    path = tmp_path / "a.png"
    path.write_bytes(spoiled_chunk(data, random.Random(0)))
    with path.open("rb") as file:
        assert not any(chunk.is_damaged for chunk in read_chunks(file))
    assert path.read_bytes() != data
