"""The application in a process of its own, and what a person does in it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fixed_draws
import numpy as np
from PIL import Image

PASSPHRASE = "four unusual words together"


@dataclass
class Running:
    """A server and the link that it printed."""

    process: subprocess.Popen[str]
    link: str

    @property
    def origin(self) -> str:
        return self.link.split("/enter")[0]

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def close(self) -> None:
        ended = self.process.poll()
        self._end(signal.SIGTERM)
        # A page that waits for a server that is gone fails late, or not at all.
        assert ended in {None, -signal.SIGKILL}, (
            f"the application ended by itself, with code {ended}"
        )

    def suspend(self) -> None:
        """As if the computer slept: it takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.wake()
        self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def write_home(folder: Path) -> Path:
    """A person's folder with photos of two kinds."""
    rng = np.random.default_rng(4)
    for name in ("Holiday", "Others"):
        write_photos(folder / name, rng)
    return folder


def write_photos(folder: Path, rng: np.random.Generator, count: int = 12) -> None:
    """Colourful photos, no two alike."""
    folder.mkdir()
    for number in range(count):
        coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        photo = Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)
        photo.save(folder / f"IMG_{number:04}.jpg", quality=90)


def start(home: Path) -> Running:
    """Start it; by the time it prints its link it takes connections."""
    command = [sys.executable, fixed_draws.__file__, "app", "--no-browser"]
    command += ["--start", str(home), "--data", str(home / "app-data")]
    vault = str(home / "vault.sqlite")
    environment = {**os.environ, "ISOTOPES_VAULT": vault, "PYTHONFAULTHANDLER": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/enter\?token=[\w-]+", link)
    assert found, link
    return Running(process, link)


def enter(chromium: Any, running: Running, width: int = 1280) -> tuple[Any, list[str]]:
    """A page that came in by the link, and all addresses that it asks for."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running.link)
    return page, asked


def unlock(page: Any) -> None:
    page.wait_for_selector("form[action='/unlock'] button")  # the whole form is there
    page.fill("input[name=passphrase]", PASSPHRASE)
    if page.locator("input[name=again]").count():
        page.fill("input[name=again]", PASSPHRASE)
    page.click("form[action='/unlock'] button")
    page.wait_for_selector("form[action='/lock']")


def choose_folder(page: Any, running: Running, folder: str, add_to: str = "") -> None:
    """Open a folder of the home in the page for marking."""
    page.goto(f"{running.origin}/mark?add_to={add_to}")
    page.click(f".folders button:text-is('{folder}')")
    page.wait_for_selector(f"input[name=folder][value$='/{folder}']")
    page.click("text=Use this folder")
    page.wait_for_selector("#go")


def begin_marking(page: Any, running: Running, folder: str = "Holiday") -> None:
    """Mark a folder as plainly as can be; returns while that goes on."""
    choose_folder(page, running, folder)
    page.check("input[value=plain]")
    page.click("#go")
    page.wait_for_selector("#state")


def mark(page: Any, running: Running, folder: str = "Holiday") -> None:
    """Mark a folder as plainly as can be."""
    begin_marking(page, running, folder)
    page.wait_for_selector("text=Done.", timeout=90_000)
