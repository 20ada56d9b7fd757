"""Does `isotopes app` answer at once, also while it works? `python -m bench.app [PHOTOS]`

Needs Chromium and the extras app and dev. Measured in the browser:
  first page   from the start of the process until the first page is shown;
  while marking  a folder of 12-megapixel photos: how long the page's own thread is held at most
               (it can't react to a click meanwhile), and from a click on another page until that is
               there;
  done         from a click until the page with the fate of every file is shown;
  newcomer     from the start of the process until a folder of 100 photos of 3 megapixels is marked:
               passphrase, folder, a look at the three strengths, marking, a backup.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.record import record

PHOTOS = 60
WIDTH, HEIGHT, SEED = 4000, 3000, 20261127
NEWCOMERS, SMALL = 100, (2048, 1536)  # photos, and their size
STARTS = 5
PASSPHRASE = "four unusual words together"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# The time until a task that was put off for nothing runs: what a click would have to wait.
HELD = """() => {
  window.held = 0;
  let last = performance.now();
  const look = () => { const now = performance.now(); window.held = Math.max(window.held,
    now - last - 10); last = now; setTimeout(look, 10); };
  setTimeout(look, 10);
}"""


def main() -> None:
    from playwright.sync_api import sync_playwright

    photos = int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium on this machine")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        home = Path(name)
        write_photos(home / "Holiday", photos)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        rows = [time_starts(browser, home), *time_marking(browser, home, photos)]
        rows.append(time_newcomer(browser, home / "newcomer"))
        browser.close()
    record("app", rows, f"python -m bench.app {photos}")


def write_photos(folder: Path, count: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (60, 80, 3), np.uint8))
        photo = coarse.resize(size, Image.Resampling.BICUBIC)
        photo.save(folder / f"IMG_{number:04}.jpg", quality=90)


@contextmanager
def running(home: Path) -> Iterator[str]:
    """The address of an application."""
    command = [sys.executable, "-m", "isotopes", "app", "--no-browser", "--start", str(home)]
    command += ["--data", str(home / "data"), "--vault", str(home / "vault.sqlite")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def time_starts(browser: Any, home: Path) -> dict[str, object]:
    found = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        with running(home) as link:
            page = browser.new_page()
            page.goto(link)
            page.wait_for_selector("h1")
            found.append(time.perf_counter() - begun)
            page.close()
    return {
        "measure": "first page, from the start of the process",
        "median_s": round(statistics.median(found), 2),
        "all_s": [round(one, 2) for one in found],
        "goal_s": 1.0,
    }


def time_newcomer(browser: Any, home: Path) -> dict[str, object]:
    """A person's first run, as fast as the pages allow."""
    write_photos(home / "Holiday", NEWCOMERS, SMALL)
    begun = time.perf_counter()
    with running(home) as link:
        page = browser.new_page()
        choose_folder(page, link)
        page.wait_for_function("() => [...document.images].every((one) => one.complete)")
        page.click("#go")
        page.wait_for_selector("text=Done.", timeout=600_000)
        with page.expect_download() as backup:
            page.click("text=Download a backup")
        assert backup.value.suggested_filename
        took = time.perf_counter() - begun
        page.close()
    marked = len(list((home / "Holiday-marked").iterdir()))
    assert marked == NEWCOMERS, marked
    return {
        "measure": f"from the start of the process to {NEWCOMERS} marked photos and a backup",
        "s": round(took, 1),
        "goal_s": 120,
    }


def choose_folder(page: Any, link: str) -> None:
    """From the link to the page that shows a folder's photos at three strengths."""
    page.goto(link)
    page.fill("input[name=passphrase]", PASSPHRASE)
    page.fill("input[name=again]", PASSPHRASE)
    page.click("form[action='/unlock'] button")
    page.click(".cards >> text=Mark pictures")
    page.click(".folders button:text-is('Holiday')")
    page.wait_for_selector("input[name=folder][value$='/Holiday']")
    page.click("text=Use this folder")
    page.wait_for_selector("#go", timeout=120_000)


def time_marking(browser: Any, home: Path, photos: int) -> list[dict[str, object]]:
    with running(home) as link:
        page = browser.new_page()
        choose_folder(page, link)
        origin = link.split("/enter")[0]
        page.click("#go")
        page.wait_for_selector("#state", timeout=120_000)
        job = page.url
        held, clicks = [], []
        begun = time.perf_counter()
        while page.locator("text=Done.").count() == 0:
            page.evaluate(HELD)
            page.wait_for_timeout(3000)
            if page.evaluate("typeof window.held") == "number":  # the page was not replaced
                held.append(page.evaluate("window.held"))
            clicks.append(time_click(page, "nav >> text=Learn"))
            page.goto(job)
        took = time.perf_counter() - begun
        page.goto(origin)
        done = time_click(page, ".rows >> text=Marking Holiday")
    return [
        {
            "measure": f"held at most while {photos} photos of 12 megapixels are marked",
            "median_ms": round(statistics.median(held), 1),
            "worst_ms": round(max(held), 1),
            "looks": len(held),
            "goal_ms": 100,
        },
        {
            "measure": "from a click to the next page, meanwhile",
            "median_ms": round(statistics.median(clicks), 1),
            "worst_ms": round(max(clicks), 1),
            "clicks": len(clicks),
            "marking_s": round(took, 1),
        },
        {"measure": f"from a click to the fate of {photos} files", "ms": round(done, 1)},
    ]


def time_click(page: Any, what: str) -> float:
    """Milliseconds from a click until the page that it leads to is there."""
    begun = time.perf_counter()
    page.click(what)
    page.wait_for_load_state("domcontentloaded")
    page.wait_for_selector("h1")
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
