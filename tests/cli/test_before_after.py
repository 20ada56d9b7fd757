"""The question of `isotopes mark` on a terminal, asked in a process whose input is one."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(3)
    for number in range(3):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize((160, 120), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    Image.new("L", (64, 64), 99).save(folder / "-grey.png")
    return folder


def mark(photos: Path, answer: str, *more: str) -> tuple[int, str]:
    """Exit code and stderr of the command, with a person who types `answer`."""
    out = str(photos.parent / "out")
    command = [sys.executable, "-m", "isotopes", "mark", str(photos), "--out", out, *more]
    vault = ("--vault", str(photos.parent / "vault.db"), "--no-passphrase")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        done = subprocess.run(
            [*command, *vault],
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stderr


def shown(told: str) -> Path:
    found = re.search(r"before and after, .*: (/\S+\.png)", told)
    assert found, told
    return Path(found[1])


def test_yes_marks_and_leaves_no_picture_behind(photos: Path) -> None:
    code, told = mark(photos, "y\n")
    assert code == 0, told
    assert "warning: little of a mark like this" not in told
    assert "mark 3 pictures like this? [y/N]" in told
    assert not shown(told).exists()
    assert photos.parent not in shown(told).parents
    assert len(list((photos.parent / "out").glob("*.png"))) == 4


def test_no_writes_nothing(photos: Path) -> None:
    code, told = mark(photos, "n\n", "--family", "dead_leaves")
    assert code == 2
    assert re.search("warning: little of a mark like this in this photo is left .*data set", told)
    assert "error: nothing was marked" in told
    assert "hint: --visibility subtle, faint or plain" in told
    assert not shown(told).exists()
    assert not (photos.parent / "out").exists()
    assert not (photos.parent / "vault.db").exists()


@pytest.mark.parametrize("more", [("--yes",), ("--dry-run",)])
def test_whoever_wants_no_question_gets_none(photos: Path, more: tuple[str, ...]) -> None:
    code, told = mark(photos, "", *more)
    assert code == 0, told
    assert "[y/N]" not in told


def test_a_run_that_is_finished_is_not_asked_again(photos: Path) -> None:
    assert mark(photos, "y\n")[0] == 0
    code, told = mark(photos, "")
    assert code == 0, told
    assert "[y/N]" not in told


def test_a_folder_of_grey_pictures_is_refused_before_any_question(photos: Path) -> None:
    for path in photos.glob("[0-9].png"):
        path.unlink()
    code, told = mark(photos, "")
    assert code != 0
    assert "got none: grey, and the mark is colour alone" in told
    assert "[y/N]" not in told
