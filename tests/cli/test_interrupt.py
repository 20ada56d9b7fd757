"""Ctrl-C in real processes, sent as a terminal sends it: to the command and all its workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from eventually import eventually
from PIL import Image

MODEL = """
import time
from pathlib import Path

import numpy as np

labels = ("cat", "dog")

def slow(pictures):
    Path("asked").touch()
    time.sleep(0.2)
    light = np.array([picture.mean() for picture in pictures]) / 255
    return np.stack([light, 1 - light], axis=1)

slow.labels = labels
"""
MARK = ("mark", "photos", "--out", "marked", "--name", "me", "--share", "1", "--no-passphrase")
CHECK = ("check", "me", "--target", "models:slow", "--probes", "photos", "--label", "cat")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with photos and a slow model."""
    (tmp_path / "models.py").write_text(MODEL)
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(0)
    for number in range(30):
        pixels = rng.integers(0, 256, (300, 400, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number:02}.jpg")
    return tmp_path


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "isotopes", *arguments],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "ISOTOPES_VAULT": str(home / "vault.db")},
        start_new_session=True,
    )


def interrupt(process: subprocess.Popen[str], under_way: Callable[[], bool]) -> str:
    """Ctrl-C once it is under way; what it told on stderr."""
    eventually(lambda: under_way() or process.poll() is not None, what="its first picture")
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    return told


def test_ctrl_c_says_how_to_go_on_and_marking_does(home: Path) -> None:
    process = start(home, *MARK)
    told = interrupt(process, lambda: any((home / "marked").glob("*.jpg")))
    assert told.endswith("interrupted; run the same command again to go on\n")
    assert "Traceback" not in told
    again = start(home, *MARK)
    out, told = again.communicate(timeout=120)
    assert again.returncode == 0, told
    assert "30 marked" in out


def test_ctrl_c_in_a_check(home: Path) -> None:
    marked = start(home, *MARK)
    _, told = marked.communicate(timeout=120)
    assert marked.returncode == 0, told
    told = interrupt(start(home, *CHECK), (home / "asked").exists)
    assert told.endswith("interrupted; run the same command again to go on\n")
    assert "Traceback" not in told
