"""Pictures of the documentation, from the product itself: `python -m bench.screenshots`.

Runs the demo, marks a photo that scikit-learn ships, opens the application in Chromium, and writes
docs/pictures and the plots of the Learn page. Needs the extras app, demo and dev, and Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from sklearn.datasets import load_sample_images

import isotopes.app
from bench.record import RESULTS
from isotopes.workflows.marking.looking import get_look

PICTURES = RESULTS.parent / "pictures"
LEARN = Path(isotopes.app.__file__).parent / "static"
PASSPHRASE = "four unusual words together"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHINA = Path(load_sample_images().filenames[0])


def main() -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on this machine: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    before_and_after()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        verdict(browser, Path(folder))
        application(browser, Path(folder))
        browser.close()


def before_and_after() -> None:
    """The same photo unmarked and as `isotopes mark` marks it by itself."""
    look = get_look("faint")
    for name, pixels in (("before", look.before(CHINA)), ("after", look.of(CHINA))):
        Image.fromarray(pixels).save(PICTURES / f"{name}.jpg", quality=88)


def verdict(browser: Any, folder: Path) -> None:
    """The guilty model's page of the demo, and both plots for the application's Learn page."""
    run("demo", "--out", str(folder / "demo"))
    for name in ("guilty.svg", "innocent.svg"):
        shutil.copy(folder / "demo" / name, LEARN)
    page = browser.new_page(viewport={"width": 900, "height": 1000})
    page.goto((folder / "demo" / "guilty.html").as_uri())
    page.screenshot(path=PICTURES / "verdict.png")
    page.close()


def application(browser: Any, folder: Path) -> None:
    """The application with a folder to mark, wide and narrow."""
    photos = folder / "Holiday"
    photos.mkdir()
    for path in load_sample_images().filenames:
        shutil.copy(path, photos)
    command = [sys.executable, "-m", "isotopes", "app", "--no-browser", "--start", str(folder)]
    command += ["--data", str(folder / "data"), "--vault", str(folder / "vault.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        link = server.stdout.readline().strip()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.wait_for_timeout(2000)
        page.goto(link)
        page.fill("input[name=passphrase]", PASSPHRASE)
        page.fill("input[name=again]", PASSPHRASE)
        page.click("form[action='/unlock'] button")
        page.wait_for_selector("form[action='/lock']")
        origin = link.split("/enter")[0]
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{origin}/mark")
            page.click(".folders >> text=Holiday")
            page.wait_for_selector("input[name=folder][value$='/Holiday']")
            page.click("text=Use this folder")
            page.wait_for_selector(".looks img")
            page.wait_for_timeout(4000)
            page.screenshot(path=PICTURES / f"app-mark-{width}.png", full_page=True)
        server.terminate()


def run(*arguments: str) -> None:
    command = [sys.executable, "-m", "isotopes", *arguments]
    subprocess.run(command, check=True, env=os.environ, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
