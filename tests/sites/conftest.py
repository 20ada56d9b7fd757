"""The service in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from site_service import LINE, PASSPHRASE, Serve, Served


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts the service, as often as a test wants it."""
    started: list[Served] = []
    (tmp_path / "tokens").write_text(f"# the site\n{LINE}\n")
    environment = {**os.environ, "ISOTOPES_PASSPHRASE": PASSPHRASE}

    def start(*more: str, vault: str | Path = tmp_path / "vault.sqlite") -> Served:
        command = [sys.executable, "-m", "isotopes", "serve", "--port", "0", "--workers", "1"]
        command += ["--tokens", str(tmp_path / "tokens"), "--vault", str(vault), *more]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"the service didn't start: {process.communicate()[1]}")
        port = int(line.strip().rpartition(":")[2])
        started.append(Served(process, port, vault))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def photos(tmp_path: Path) -> list[bytes]:
    """Six JPEGs."""
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(4)
    for number in range(6):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
        path = tmp_path / "photos" / f"{number}.jpg"
        coarse.resize((320, 240), Image.Resampling.BICUBIC).save(path, quality=90)
    return [path.read_bytes() for path in sorted((tmp_path / "photos").iterdir())]
