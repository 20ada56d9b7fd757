"""What people do in the browser, in a real one, from the first page to what they take away."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_server import (
    PASSPHRASE,
    Running,
    begin_marking,
    choose_folder,
    enter,
    mark,
    unlock,
    write_photos,
)
from keyboard import Keyboard
from playwright.sync_api import expect
from tiny_network import write_network

pytestmark = pytest.mark.timeout(240)
START = Callable[[], Running]


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    secrets = {"ISOTOPES_VAULT": str(home / "vault.sqlite"), "ISOTOPES_PASSPHRASE": PASSPHRASE}
    return subprocess.run(
        [sys.executable, "-m", "isotopes", *words],
        cwd=home,
        env={**os.environ, **secrets},
        capture_output=True,
        text=True,
        check=True,
    )


def test_by_keyboard_alone_from_the_first_page_to_a_verdict(
    home: Path, chromium: Any, fresh: START
) -> None:
    """In two tabs: one marks more while the other asks a model. Nothing leaves the machine."""
    running = fresh()
    write_network(home / "model.onnx")
    originals = hashes(home / "Holiday")
    page, asked = enter(chromium, running)
    keys = Keyboard(page)
    marks_by_keyboard(keys)
    assert hashes(home / "Holiday") == originals
    marked = hashes(home / "Holiday-marked")
    assert marked.keys() == originals.keys()
    assert marked != originals
    begins_a_check_by_keyboard(keys, home)
    other = page.context.new_page()
    marks_more(other, running, home)
    page.wait_for_selector("svg.watch .decoy", timeout=90_000)
    page.wait_for_selector("a[href^='/verdicts/']", timeout=120_000)
    keys.follow("a[href^='/verdicts/']", "**/verdicts/*")
    page.wait_for_selector(".verdict h1")
    expect(page.locator("text=For your eyes only.")).to_have_count(1)
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    takes_the_evidence_away(page, home)
    assert [url for url in asked if not url.startswith((running.origin, "data:", "blob:"))] == []
    for path in home.rglob("*"):
        if path.is_file():
            assert PASSPHRASE.encode() not in path.read_bytes(), path


def marks_by_keyboard(keys: Keyboard) -> None:
    """From the first page on; the connection is lost for a while."""
    page = keys.page
    keys.write("input[name=passphrase]", PASSPHRASE)
    keys.write("input[name=again]", PASSPHRASE)
    keys.press("input[name=again]")
    page.wait_for_selector("form[action='/lock']")
    keys.follow(".cards a[href='/mark']", "**/mark")
    page.wait_for_selector(".folders")
    keys.press(".folders button[hx-get$='/Holiday']", "Space")
    keys.lands("#folders-folder")
    keys.press("form[hx-get='/mark/look'] > button")
    keys.lands("#look h2")
    # Another photo is looked at without losing what was typed.
    keys.write("input[name=label]", "ant")
    with page.expect_response(lambda answer: "/mark/look" in answer.url):
        keys.press("select[name=photo]", "ArrowDown")
    assert keys.at("select[name=photo]")
    expect(page.locator("input[name=label]")).to_have_value("ant")
    keys.press("input[name=label]", "Control+A")  # a check would be about that label alone
    keys.press("input[name=label]", "Delete")
    page.route("**/jobs/*/state", lambda route: route.abort("internetdisconnected"))
    keys.press("#go")
    page.wait_for_url("**/jobs/*")
    keys.to("#stop")
    page.wait_for_selector("#lost:visible")
    assert keys.at("#stop")
    page.unroute("**/jobs/*/state")
    page.wait_for_selector("text=Done.", timeout=90_000)
    keys.lands("#main")
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#said")).to_contain_text("Done.")


def begins_a_check_by_keyboard(keys: Keyboard, home: Path) -> None:
    page = keys.page
    keys.follow("nav a[href='/check']", "**/check")
    page.wait_for_selector(".folders", state="attached")
    keys.press("#go")  # too early: said beside the button, and nothing typed is lost
    page.wait_for_selector("#problem [role=alert]")
    assert keys.at("#go")
    keys.choose_files("input[name=model]", home / "model.onnx", home / "model.toml")
    keys.lands("#target [data-focus]")
    keys.press("[hx-post='/check/try']")
    page.wait_for_selector("text=It answers, with 5 labels", timeout=60_000)
    keys.press("input[name=about]:checked", "ArrowDown")
    keys.press("input[name=about]:checked", "ArrowDown")
    assert keys.at("input[value=others]")
    keys.press("#others-pictures button[hx-get$='/Others']")
    keys.lands("#folders-probes")
    keys.press("#go")
    # The rest of the page may be late while the check begins: what follows waits longer.
    page.wait_for_url("**/jobs/*", wait_until="commit")


def marks_more(page: Any, running: Running, home: Path) -> None:
    choose_folder(page, running, "Others", add_to="Holiday")
    page.check("input[name=opt_out]")
    page.click("#go")
    page.wait_for_selector("text=Done.", timeout=90_000)
    for path in (home / "Others-marked").iterdir():
        assert b"DMI-PROHIBITED-AIMLTRAINING" in path.read_bytes()
    page.goto(f"{running.origin}/isotopes")
    expect(page.locator("table td:text-is('24')")).to_have_count(2)  # all carry one mark


def takes_the_evidence_away(page: Any, home: Path) -> None:
    with page.expect_download() as taken:
        page.click("a[href$='/evidence']")
    taken.value.save_as(home / "bundle.zip")
    command(home, "verify-evidence", "bundle.zip")
    expect(page.locator(".saving")).to_contain_text("verdict-")  # where it went
    with page.expect_download() as taken:
        page.click("text=Save the page")
    taken.value.save_as(home / "page.html")
    with page.expect_popup() as opened:
        page.click("text=Look at the page first")
    opened.value.wait_for_selector(".verdict h1")
    expect(opened.value.locator("text=For your eyes only.")).to_have_count(0)
    assert "For your eyes only." not in (home / "page.html").read_text(encoding="utf-8")
    page.route("**/pdf", lambda route: route.fulfill(status=400, body="<p>no browser</p>"))
    page.click("text=Save it as PDF")
    page.wait_for_selector(".saving.problem >> text=no browser")
    expect(page.locator("#said")).to_have_text("no browser")


def test_two_processes_on_one_vault_lose_nothing_when_one_is_killed(
    home: Path, chromium: Any, fresh: START
) -> None:
    """One browser is in both, and both mark at once; a command finds their work done."""
    write_photos(home / "Late", np.random.default_rng(5))
    one, two = fresh(), fresh()
    first, _ = enter(chromium, one)
    unlock(first)
    second = first.context.new_page()
    second.goto(two.link)
    second.fill("input[name=passphrase]", "another one altogether")
    second.click("button >> text=Open")
    second.wait_for_selector("[role=alert]")
    expect(second.locator("text=Lock")).to_have_count(0)
    unlock(second)
    begin_marking(first, one, "Holiday")
    address = first.url
    one_sleeps_and_wakes_up(first, second, one, two)
    first.close()  # the work goes on
    mark(second, two, "Others")
    first = second.context.new_page()
    first.goto(address)
    first.wait_for_selector("text=Done.", timeout=90_000)
    assert len(hashes(home / "Holiday-marked")) == 12
    for page, running in ((first, one), (second, two)):
        page.goto(f"{running.origin}/isotopes")
        expect(page.locator("table a")).to_have_text(["Holiday", "Others"])
    begin_marking(first, one, "Late")
    one.kill()
    second.goto(two.origin)
    second.click(".rows >> text=Marking Late")
    second.wait_for_selector("text=It was interrupted")
    second.click("text=Go on")
    second.wait_for_selector("text=Done.", timeout=90_000)
    assert len(hashes(home / "Late-marked")) == 12
    written = hashes(home / "Holiday-marked")
    command(home, "mark", "Holiday", "--out", "Holiday-marked", "--visibility", "plain")
    assert hashes(home / "Holiday-marked") == written


def one_sleeps_and_wakes_up(first: Any, second: Any, one: Running, two: Running) -> None:
    """Its page says that nothing answers, and goes on. The other one leaves the work alone."""
    first.evaluate("document.body.dataset.patience = '300'")
    one.suspend()
    first.wait_for_selector("#lost:visible")
    second.goto(two.origin)
    second.click(".rows >> text=Marking Holiday")
    second.wait_for_selector("text=Another window of the application is working on this.")
    one.wake()
    first.wait_for_selector("#lost", state="hidden")


def test_a_backup_restores_on_an_empty_machine(home: Path, chromium: Any, fresh: START) -> None:
    running = fresh()
    page, _ = enter(chromium, running)
    unlock(page)
    mark(page, running)
    with page.expect_download() as taken:
        page.click("text=Download a backup")
    taken.value.save_as(home / "backup.sqlite")
    running.kill()
    for path in home.glob("vault.sqlite*"):
        path.unlink()
    shutil.rmtree(home / "app-data")
    page, _ = enter(chromium, fresh())
    page.click("summary >> text=Restore a backup")
    page.set_input_files("input[name=backup]", str(home / "backup.sqlite"))
    page.click("button >> text=Restore a backup")
    page.wait_for_selector("[role=status] >> text=Your backup is restored.")
    unlock(page)
    page.click("nav >> text=My isotopes")
    expect(page.locator("table >> text=Holiday")).to_have_count(1)
