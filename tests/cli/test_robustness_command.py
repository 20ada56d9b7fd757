"""`isotopes robustness`, as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from command_line import isotopes
from PIL import Image


def test_of_a_photo_and_of_an_isotope(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        photo = Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)
        photo.save(folder / f"{number}.jpg", quality=90)
    where = ("--vault", str(tmp_path / "vault.db"))
    done = isotopes("robustness", str(folder / "0.jpg"))
    assert done.code == 0
    assert "JPEG 50" in done.out
    assert "mirrored" in done.err  # tints move with the picture
    marked = ("mark", str(folder), "--out", str(tmp_path / "out"), "--name", "x", "--no-passphrase")
    assert isotopes(*marked, *where).code == 0
    found = json.loads(isotopes("robustness", "x", "--json", *where).out)
    by_name = {one["change"]: one for one in found}
    assert by_name["JPEG 75"]["kept"] == "nearly all"
    assert by_name["JPEG 75"]["pictures"] == 5
    gone = isotopes("robustness", "nobody", *where)
    assert gone.code != 0
    assert "nobody" in gone.err
