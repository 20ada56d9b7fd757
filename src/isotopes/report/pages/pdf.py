"""A page as PDF, printed by a browser that is installed.

The page needs no script, no network and no other file, so a headless browser prints what its reader
sees. docs/dependencies.md says why we use no library for this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from isotopes.errors import FolderError

SECONDS = 120
# Tried in this order. All are Chromium: no other browser prints from the command line.
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "brave-browser",
    "chrome",
    "msedge",
)
ELSEWHERE = (  # where installers put it without adding it to PATH
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
VARIABLE = "ISOTOPES_BROWSER"


def find_browser() -> str:
    """The path of a browser that can print.

    Raises:
        FolderError: there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise FolderError(f"{VARIABLE} names {named!r}, which can't be run")
        return found
    for name in (*NAMES, *ELSEWHERE):
        found = shutil.which(name)
        if found is not None:
            return found
    raise FolderError(
        "a PDF is printed by Chromium, Chrome or Edge, and none of them is on this machine",
        hint=f"write .html and print it with any browser, or name one in {VARIABLE}",
    )


def as_pdf(page: str) -> bytes:
    """The page as PDF, on A4.

    Raises:
        FolderError: there is no browser, or it prints nothing.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        source, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={printed}",
            source.as_uri(),
        ]
        if sys.platform == "linux" and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # as root, it refuses to start with a sandbox
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise FolderError(f"{browser} could not print the page: {error}") from error
        if not printed.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise FolderError(
                f"{browser} printed nothing: {last}",
                hint="write .html and print it with any browser",
            )
        return printed.read_bytes()
