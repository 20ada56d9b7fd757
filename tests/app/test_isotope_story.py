"""What a person does with one isotope in a real browser: look, stamp, ask a service, rename."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_server import Running, choose_folder, enter, mark, unlock
from content_target import ContentTarget
from eventually import eventually
from page_judge import serious
from PIL import Image
from playwright.sync_api import expect
from stamping_authority import Authority, serving
from tiny_network import write_network

from isotopes.defaults import DEFAULT_FAMILY
from isotopes.testing.formats.plain_json import PlainJson
from isotopes.testing.server import FakeServer
from isotopes.workflows.robustness.measure import photo_survival

pytestmark = pytest.mark.timeout(240)
KEY = "a-key-of-no-account"


def test_an_isotope_is_looked_at_stamped_asked_for_and_renamed(
    home: Path, chromium: Any, fresh: Callable[[], Running], capfd: pytest.CaptureFixture[str]
) -> None:
    """The key to the service goes there and nowhere else."""
    Image.new("L", (64, 64), 90).save(home / "Holiday" / "grey.png")
    running = fresh()
    page, _ = enter(chromium, running)
    unlock(page)
    measures_what_survives(page, running, home)
    looks_at_a_photo(page, running, home)
    page.set_viewport_size({"width": 1280, "height": 900})
    mark(page, running)
    expect(page.locator("main")).to_contain_text(str(home / "Holiday-marked"))
    first = page.locator("tbody tr:first-child td.name")
    expect(first).to_have_text("grey.png")  # what wasn't marked
    page.click(".actions >> text=Holiday")
    page.wait_for_selector(".sheet")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".sheet img")).to_have_count(13)
    expect(page.locator(".sheet .carries")).to_have_count(12)
    assert serious(page) == []
    with serving(Authority(home / "authority", "authority")) as address:
        has_it_stamped(page, address)
    describes_a_network(page, running, home)
    describes_a_service(page, running)
    dates = page.locator(".verdict table:has-text('commitment stamped')")
    expect(dates).to_contain_text(f"says the stamp of {address}")
    page.goto(f"{running.origin}/isotopes/Holiday")
    page.click("summary >> text=Rename it")
    page.fill("input[name=new]", "Summer 2026")
    page.click("button >> text=Rename it")
    page.wait_for_selector("h1 >> text=Summer 2026")
    page.goto(f"{running.origin}/isotopes")
    expect(page.locator("table a")).to_have_text(["Summer 2026"])
    for path in home.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
    assert KEY not in "".join(capfd.readouterr())


def measures_what_survives(page: Any, running: Running, home: Path) -> None:
    choose_folder(page, running, "Holiday")
    page.wait_for_selector("#looks .quiet >> text=dB")
    page.check("input[value=plain]")
    page.click("text=Measure it")
    page.wait_for_selector("#survival table", timeout=60_000)
    shown = page.locator("#survival td:first-child")
    # What matters, without scrolling.
    expect(shown.nth(0)).to_have_text(re.compile("^photo site"))
    for at in range(4):
        expect(shown.nth(at)).to_be_visible(visible=at < 3)
    # Each draws a mark of its own, so the shares differ.
    found = photo_survival(home / "Holiday" / "IMG_0006.jpg", DEFAULT_FAMILY, "plain")
    expect(shown).to_have_count(len(found))
    for one in found:
        expect(shown.filter(has_text=re.compile(f"^{re.escape(one.change)}$"))).to_have_count(1)


def looks_at_a_photo(page: Any, running: Running, home: Path) -> None:
    """At full size, before and after, on a phone's width."""
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{running.origin}/mark/full?photo={home}/Holiday/IMG_0003.jpg&strength=plain")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("[...document.images].map((one) => [one.width, one.height])")
    assert sizes == [[320, 240], [320, 240]]
    assert serious(page) == []
    page.press("input.handle", "End")
    assert "100%" in page.evaluate("document.querySelector('.after').style.clipPath")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def has_it_stamped(page: Any, address: str) -> None:
    """First by an authority that talks nonsense: that is said, and there is a way back."""
    expect(page.locator("text=its date rests on your word")).to_have_count(1)
    page.fill("input[name=authority]", f"{address}/broken")
    page.click("button >> text=Have it time-stamped")
    page.wait_for_selector("[role=alert]")
    page.click(".actions >> text=Back")
    page.fill("input[name=authority]", address)
    page.click("button >> text=Have it time-stamped")
    page.wait_for_selector(f"li >> text=says the stamp of {address}")
    expect(page.locator("text=its date rests on your word")).to_have_count(0)


def describes_a_network(page: Any, running: Running, home: Path) -> None:
    """By a form, as far as its file doesn't say it; the answer to a photo shows whether it fits."""
    write_network(home / "model.onnx")
    page.goto(f"{running.origin}/check?isotope=Holiday")
    page.set_input_files("input[name=model]", str(home / "model.onnx"))
    page.click("#target button >> text=Try one picture")
    page.wait_for_selector("#tried >> text=This is still missing: How a picture is brought to")
    assert serious(page) == []
    expect(page.locator("textarea[name=description]")).to_be_hidden()
    for name, value in (("resize", "stretch"), ("channels", "rgb"), ("scale", "own")):
        page.select_option(f"select[name=network_{name}]", value)
    for name, text in (("white", "1"), ("mean", "0.4 0.5 0.6"), ("std", "0.2 0.25 0.3")):
        page.fill(f"input[name=network_{name}]", text)
    page.fill("textarea[name=network_labels]", "ant\nbee\ncat\ndog\nelk")
    page.click("#target button >> text=Try one picture")
    page.wait_for_selector("#tried >> text=this photo of yours")
    loaded = "() => document.querySelector('.tried img').naturalWidth > 0"
    eventually(lambda: page.evaluate(loaded), what="loading the photo")
    description = page.locator("textarea[name=description]")
    expect(description).to_have_value(re.compile('channels = "rgb"'))
    page.click("summary >> text=Advanced")
    page.check("input[name=as_text]")
    page.fill("textarea[name=description]", "labels = [")
    page.click("#target button >> text=Try one picture")
    page.wait_for_selector("#tried >> text=can't be read as TOML")
    expect(description).to_have_value("labels = [")
    expect(page.locator("input[name=as_text]")).to_be_checked()


def describes_a_service(page: Any, running: Running) -> None:
    """By a form; then the service is asked, and the verdict read."""
    with FakeServer(ContentTarget(), PlainJson("arrays")) as server:
        page.goto(f"{running.origin}/check?isotope=Holiday")
        page.click("summary >> text=A service on the web")
        page.fill("input[name=address]", server.url)
        page.click("text=Use this service")
        page.fill("input[name=service_key]", KEY)
        page.click("#target button >> text=Try one picture")
        page.wait_for_selector("text=It answers, with")
        expect(page.locator("input[name=service_label]")).to_have_value("result.labels")
        assert serious(page) == []
        assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
        # A person who knows better changes a field; what is wrong is said at once.
        expect(page.locator("textarea[name=description]")).to_be_hidden()
        page.fill("input[name=service_score]", "result.nothing")
        page.click("text=Try again like this")
        page.wait_for_selector("#tried [role=alert] >> text=there is nothing at")
        page.fill("input[name=service_score]", "result.scores")
        page.click("text=Try again like this")
        page.wait_for_selector("text=It answers, with")
        page.check("input[value=others]")
        page.click("#others-pictures .folders button:text-is('Others')")
        page.wait_for_selector("input[name=probes][value$='/Others']")
        page.click("#go")
        page.click("text=Yes, ask it", timeout=60_000)
        page.click("text=Read the verdict", timeout=120_000)
        page.wait_for_selector(".verdict h1")
