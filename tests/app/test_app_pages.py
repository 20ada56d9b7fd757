"""Every page in a real browser: it fits, keyboard and ear suffice, it says what failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_server import Running, choose_folder
from keyboard import Keyboard
from page_judge import serious
from playwright.sync_api import expect

HOSTILE = "<img src=x onerror=alert(1)>\u202egpj.exe"


@pytest.mark.parametrize("address", ["/", "/mark", "/isotopes", "/check", "/learn", "/nothing"])
def test_pages_fit_are_accessible_and_trap_nobody(
    address: str, running: Running, visitor: Any
) -> None:
    page = visitor.new_page()
    for width, scheme in ((360, "dark"), (1280, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        answer = page.goto(running.origin + address)
        assert answer.status == (404 if address == "/nothing" else 200)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(page) == []
    keys = Keyboard(page)
    keys.press(".skip", "Tab")
    keys.to(".skip")  # once around


def test_what_fails_is_said_where_it_was_asked_for(running: Running, visitor: Any) -> None:
    """Names do no harm, a folder without pictures is told, and the next one can be chosen."""
    page, said = visitor.new_page(), []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(f"{running.origin}/mark")
    home = Path(page.input_value("input[name=folder]"))
    (home / HOSTILE).mkdir()
    page.fill("input[name=folder]", str(home / HOSTILE))
    page.press("input[name=folder]", "Enter")
    page.wait_for_selector("#look [role=alert] >> text=There is no picture in that folder")
    page.goto(f"{running.origin}/mark")
    page.wait_for_selector(".folders")
    expect(page.locator(".folders")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".folders")).not_to_contain_text("\u202e")
    choose_folder(page, running, "Holiday")
    expect(page.locator("#look [role=alert]")).to_have_count(0)
    assert said == []
