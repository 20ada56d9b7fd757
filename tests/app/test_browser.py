"""What a person does in the browser, in a real one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_server import PASSPHRASE, Running, enter, mark, start, unlock
from content_target import ContentTarget
from PIL import Image
from tiny_network import write_network

from isotopes.testing.formats.plain_json import PlainJson
from isotopes.testing.server import FakeServer

pytestmark = pytest.mark.timeout(240)


def serious(page: Any) -> list[str]:
    """What axe-core finds that keeps people out, in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[dict[str, Any]] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in {"serious", "critical"}]


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_person_marks_a_folder_and_nothing_leaves_the_machine(
    running: Running, home: Path, chromium: Any
) -> None:
    before = hashes(home / "Holiday")
    page, asked = enter(chromium, running)
    unlock(page)
    mark(page, running)
    assert hashes(home / "Holiday") == before
    marked = hashes(home / "Holiday-marked")
    assert marked.keys() == before.keys()
    assert marked != before
    assert [url for url in asked if not url.startswith((running.origin, "data:"))] == []
    page.goto(f"{running.origin}/isotopes")
    assert page.locator("table >> text=Holiday").count() == 1
    for path in home.rglob("*"):
        if path.is_file():
            assert PASSPHRASE.encode() not in path.read_bytes(), path


def test_the_command_line_finds_the_apps_run_finished_and_changes_no_byte(
    running: Running, home: Path, chromium: Any
) -> None:
    """Both do the same: the command repeats what the application did, and finds it done."""
    page, _ = enter(chromium, running)
    unlock(page)
    mark(page, running)
    written = hashes(home / "Holiday-marked")
    command = [sys.executable, "-m", "isotopes", "mark", "Holiday", "--out", "Holiday-marked"]
    command += ["--visibility", "plain"]
    environment = {
        **os.environ,
        "ISOTOPES_VAULT": str(home / "vault.sqlite"),
        "ISOTOPES_PASSPHRASE": PASSPHRASE,
    }
    again = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert hashes(home / "Holiday-marked") == written


def test_work_of_a_killed_server_can_be_resumed(home: Path, chromium: Any) -> None:
    first = start(home)
    page, _ = enter(chromium, first)
    unlock(page)
    page.goto(f"{first.origin}/mark")
    page.click(".folders >> text=Holiday")
    page.wait_for_selector(f'input[name=folder][value="{home / "Holiday"}"]')
    page.click("text=Use this folder")
    page.click("text=Mark them")
    page.wait_for_selector("#state")
    first.kill()
    second = start(home)
    try:
        page, _ = enter(chromium, second)
        unlock(page)
        page.goto(f"{second.origin}/")
        page.click(".rows >> text=Marking Holiday")
        if page.locator("text=It was interrupted").count():
            page.click("text=Go on")
        page.wait_for_selector("text=Done.", timeout=60_000)
        assert len(hashes(home / "Holiday-marked")) == 12
    finally:
        second.close()


def test_a_closed_page_does_not_stop_the_work(running: Running, home: Path, chromium: Any) -> None:
    page, _ = enter(chromium, running)
    unlock(page)
    page.goto(f"{running.origin}/mark")
    page.click(".folders >> text=Holiday")
    page.wait_for_selector(f'input[name=folder][value="{home / "Holiday"}"]')
    page.click("text=Use this folder")
    page.click("text=Mark them")
    page.wait_for_selector("#state")
    address = page.url
    page.close()
    page = page.context.new_page()
    page.goto(address)
    page.wait_for_selector("text=Done.", timeout=60_000)
    assert page.url == address


def test_hostile_names_are_shown_and_do_nothing(
    home: Path, running: Running, chromium: Any
) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202egpj.exe"
    (home / "Holiday").rename(home / hostile)
    page, _ = enter(chromium, running)
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    unlock(page)
    page.goto(f"{running.origin}/mark")
    page.wait_for_selector(".folders")
    text = page.inner_text(".folders")
    assert "<img src=x onerror=alert(1)>" in text
    assert "\u202e" not in text
    assert said == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("address", ["/", "/mark", "/isotopes", "/check", "/learn", "/nothing"])
def test_pages_fit_and_are_accessible(
    address: str, width: int, running: Running, chromium: Any
) -> None:
    page, _ = enter(chromium, running, width)
    page.goto(running.origin + address)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []


def test_a_wrong_passphrase_opens_nothing(
    running: Running, home: Path, chromium: Any, fresh: Callable[[], Running]
) -> None:
    page, _ = enter(chromium, running)
    unlock(page)
    second = fresh()
    page, _ = enter(chromium, second)
    page.fill("input[name=passphrase]", "another one altogether")
    page.click("button >> text=Open")
    page.wait_for_selector("[role=alert]")
    assert page.locator("text=Lock").count() == 0


def upload(page: Any, home: Path) -> None:
    """Drop a network with its description, and have it tried."""
    page.set_input_files("input[name=model]", [str(home / "model.onnx"), str(home / "model.toml")])
    page.click("text=Try one picture")
    page.wait_for_selector("text=It answers, with 5 labels", timeout=60_000)


def begin_check(page: Any, running: Running, home: Path) -> None:
    page.goto(f"{running.origin}/check?isotope=Holiday")
    upload(page, home)
    page.check("input[value=others]")
    page.click("#others-pictures .folders >> text=Others")
    page.wait_for_selector("input[name=probes][value$='/Others']")
    page.click("form[action='/check'] >> button:text-is('Check')")


def test_a_check_is_watched_read_and_taken_away(
    running: Running, home: Path, chromium: Any
) -> None:
    write_network(home / "model.onnx")
    page, asked = enter(chromium, running)
    unlock(page)
    mark(page, running)
    begin_check(page, running, home)
    page.wait_for_selector("svg.watch .decoy", timeout=90_000)
    page.click("text=Read the verdict", timeout=120_000)
    page.wait_for_selector(".verdict h1")
    assert page.locator("text=For your eyes only.").count() == 1
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_download() as taken:
        page.click("a[href$='/evidence']")
    bundle = home / "bundle.zip"
    taken.value.save_as(bundle)
    verified = subprocess.run(
        [sys.executable, "-m", "isotopes", "verify-evidence", str(bundle)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    page.click("text=The page to hand on")
    page.wait_for_selector(".verdict h1")
    assert page.locator("text=For your eyes only.").count() == 0
    assert [url for url in asked if not url.startswith((running.origin, "data:", "blob:"))] == []


def test_more_pictures_opt_out_and_chances(running: Running, home: Path, chromium: Any) -> None:
    page, _ = enter(chromium, running)
    unlock(page)
    mark(page, running)
    page.goto(f"{running.origin}/isotopes/Holiday")
    page.click("text=Mark more pictures with it")
    page.click(".folders >> text=Others")
    page.wait_for_selector("input[name=folder][value$='/Others']")
    page.click("text=Use this folder")
    page.check("input[name=opt_out]")
    page.click("text=Mark them")
    page.wait_for_selector("text=Done.", timeout=90_000)
    for path in (home / "Others-marked").iterdir():
        assert b"DMI-PROHIBITED-AIMLTRAINING" in path.read_bytes()
    page.goto(f"{running.origin}/isotopes")
    assert page.inner_text("table").count("24") == 2  # all carry one mark


def test_an_isotope_is_looked_at_and_renamed(running: Running, home: Path, chromium: Any) -> None:
    Image.new("L", (64, 64), 90).save(home / "Holiday" / "grey.png")
    page, _ = enter(chromium, running)
    unlock(page)
    mark(page, running)
    assert str(home / "Holiday-marked") in page.inner_text("main")
    assert page.inner_text("tbody tr:first-child").split()[0] == "grey.png"  # what wasn't marked
    page.click(".actions >> text=Holiday")
    page.wait_for_load_state("networkidle")
    assert page.locator(".sheet img").count() == 13
    assert page.locator(".sheet .carries").count() == 12
    assert serious(page) == []
    page.click("summary >> text=Rename it")
    page.fill("input[name=new]", "Summer 2026")
    page.click("button >> text=Rename it")
    page.wait_for_selector("h1 >> text=Summer 2026")
    page.goto(f"{running.origin}/isotopes")
    assert page.locator("table >> text=Holiday").count() == 0


def test_what_survives_is_measured_as_the_command_line_does(
    running: Running, home: Path, chromium: Any
) -> None:
    page, _ = enter(chromium, running)
    unlock(page)
    page.goto(f"{running.origin}/mark")
    page.click(".folders >> text=Holiday")
    page.wait_for_selector("input[name=folder][value$='/Holiday']")
    page.click("text=Use this folder")
    page.check("input[value=plain]")
    page.click("text=Measure it")
    page.wait_for_selector("#survival table", timeout=60_000)
    shown = page.locator("#survival td:first-child").all_inner_texts()
    command = [sys.executable, "-m", "isotopes", "robustness", "Holiday/IMG_0006.jpg", "--json"]
    told = subprocess.run(
        [*command, "--visibility", "plain"], cwd=home, capture_output=True, text=True, check=True
    )
    # Each draws a mark of its own, so the shares differ.
    assert shown == [one["change"] for one in json.loads(told.stdout)]


def test_a_photo_at_full_size_before_and_after(running: Running, home: Path, chromium: Any) -> None:
    page, _ = enter(chromium, running, 360)
    unlock(page)
    page.goto(f"{running.origin}/mark/full?photo={home}/Holiday/IMG_0003.jpg&strength=plain")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("[...document.images].map((one) => [one.width, one.height])")
    assert sizes == [[320, 240], [320, 240]]
    assert serious(page) == []
    page.locator("input.handle").focus()
    page.keyboard.press("End")
    assert "100%" in page.evaluate("document.querySelector('.after').style.clipPath")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_backup_restores_on_an_empty_machine(
    running: Running, home: Path, chromium: Any, fresh: Callable[[], Running]
) -> None:
    page, _ = enter(chromium, running)
    unlock(page)
    mark(page, running)
    with page.expect_download() as taken:
        page.click("text=Download a backup")
    backup = home / "backup.sqlite"
    taken.value.save_as(backup)
    running.kill()
    for path in home.glob("vault.sqlite*"):
        path.unlink()
    page, _ = enter(chromium, fresh())
    page.click("summary >> text=Restore a backup")
    page.set_input_files("input[name=backup]", str(backup))
    page.click("button >> text=Restore a backup")
    unlock(page)
    page.click("nav >> text=My isotopes")
    assert page.locator("table >> text=Holiday").count() == 1


def test_a_service_is_described_by_a_form(
    running: Running, home: Path, chromium: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """The key goes to the service and nowhere else."""
    key = "a-key-of-no-account"
    page, _ = enter(chromium, running)
    unlock(page)
    mark(page, running)
    with FakeServer(ContentTarget(), PlainJson("arrays")) as server:
        page.goto(f"{running.origin}/check?isotope=Holiday")
        page.fill("input[name=address]", server.url)
        page.click("text=Use this service")
        page.fill("input[name=service_key]", key)
        page.click("text=Try one picture")
        page.wait_for_selector("text=It answers, with")
        assert page.input_value("input[name=service_label]") == "result.labels"
        assert serious(page) == []
        assert server.requests[-1].headers["authorization"] == f"Bearer {key}"
        # A person who knows better changes a field; what is wrong is said at once.
        assert not page.is_visible("textarea[name=description]")
        page.fill("input[name=service_score]", "result.nothing")
        page.click("text=Try again like this")
        page.wait_for_selector("#tried [role=alert] >> text=there is nothing at")
        page.fill("input[name=service_score]", "result.scores")
        page.click("text=Try again like this")
        page.wait_for_selector("text=It answers, with")
        page.check("input[value=others]")
        page.click("#others-pictures .folders >> text=Others")
        page.wait_for_selector("input[name=probes][value$='/Others']")
        page.click("form[action='/check'] >> button:text-is('Check')")
        page.click("text=Yes, ask it", timeout=60_000)
        page.click("text=Read the verdict", timeout=120_000)
        page.wait_for_selector(".verdict h1")
    for path in home.rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path
    assert key not in "".join(capfd.readouterr())
