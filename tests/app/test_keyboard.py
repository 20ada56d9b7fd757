"""The tests' own keyboard: a dropped key is pressed again, and one that goes astray fails."""

from __future__ import annotations

from typing import Any

import pytest
from keyboard import LISTEN, Keyboard

PAGE = """<style>:focus { outline: solid }</style>
<button id="one">one</button><button id="two" onclick="this.append(' pressed')">two</button>"""


@pytest.fixture
def keys(chromium: Any) -> Keyboard:
    page = chromium.new_page()
    page.set_content(PAGE)
    return Keyboard(page)


def test_a_key_that_the_browser_drops_is_pressed_again(
    keys: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.to("#two")
    press, dropped = keys.page.keyboard.press, []
    monkeypatch.setattr(
        keys.page.keyboard, "press", lambda key: press(key) if dropped else dropped.append(key)
    )
    keys.press("#two")
    assert dropped == ["Enter"]
    assert keys.page.inner_text("#two") == "two pressed"


def test_a_page_that_moves_the_focus_away_is_told(
    keys: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = keys.page.evaluate

    def thief(script: str, *given: Any) -> Any:
        if script == LISTEN:
            evaluate("document.getElementById('one').focus()")
        return evaluate(script, *given)

    monkeypatch.setattr(keys.page, "evaluate", thief)
    with pytest.raises(AssertionError, match=r"meant for #two; it was heard by <button id=.one"):
        keys.press("#two")
