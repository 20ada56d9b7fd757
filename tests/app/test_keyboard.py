"""The tests' own keyboard: a key that goes astray fails the test, with its place."""

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


def test_a_key_that_the_page_does_not_hear_is_told(
    keys: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.press("#two")
    assert keys.page.inner_text("#two") == "two pressed"
    monkeypatch.setattr(keys.page.keyboard, "press", lambda key: None)
    with pytest.raises(AssertionError, match="Enter was meant for #two; it was heard by nothing"):
        keys.press("#two")


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
