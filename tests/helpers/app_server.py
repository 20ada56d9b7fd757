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
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def start(home: Path) -> Running:
    """Start it; by the time it prints its link it takes connections."""
    command = [sys.executable, "-m", "isotopes", "app", "--no-browser"]
    command += ["--start", str(home), "--data", str(home / "app-data")]
    environment = {**os.environ, "ISOTOPES_VAULT": str(home / "vault.sqlite")}
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
    page.fill("input[name=passphrase]", PASSPHRASE)
    if page.locator("input[name=again]").count():
        page.fill("input[name=again]", PASSPHRASE)
    page.click("form[action='/unlock'] button")
    page.wait_for_selector("form[action='/lock']")


def mark(page: Any, running: Running) -> None:
    """Mark the folder Holiday plainly."""
    page.goto(f"{running.origin}/mark")
    page.click(".folders >> text=Holiday")
    page.wait_for_selector("input[name=folder][value$='/Holiday']")
    page.click("text=Use this folder")
    page.check("input[value=plain]")
    page.click("text=Mark them")
    page.wait_for_selector("text=Done.", timeout=90_000)
