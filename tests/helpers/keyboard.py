"""A person in the browser without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Error

MOST = 120  # presses of Tab until a page is known to hold no such thing
VISIBLE = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
    && box.bottom > 0 && box.top < innerHeight;
}"""
LISTEN = """(wanted) => {
  window.heard = "nothing";
  addEventListener("keydown", ({ target }) => {
    window.heard = target.matches(wanted) ? wanted : target.outerHTML.slice(0, 200);
  }, { once: true, capture: true });
}"""


class Keyboard:
    """Goes through a page by Tab; wherever the focus is, it must be seen."""

    def __init__(self, page: Any) -> None:
        self.page = page
        # Begun only when a file is chosen, the interception may come too late.
        page.on("filechooser", lambda _: None)

    def to(self, wanted: str) -> None:
        """Press Tab until an element that matches this CSS selector has the focus."""
        for _ in range(MOST):
            if self.at(wanted):
                return
            self.page.keyboard.press("Tab")
            if not self.at("body"):  # behind the last element, before the first one
                assert self.page.evaluate(VISIBLE), f"the focus can't be seen at {self.where()}"
        raise AssertionError(f"Tab does not lead to {wanted}; it is at {self.where()}")

    def press(self, wanted: str, key: str = "Enter") -> None:
        """Go there and press it; the page must hear it there and nowhere else."""
        self.to(wanted)
        self.page.evaluate(LISTEN, wanted)
        self.page.keyboard.press(key)
        heard = self._heard()
        assert heard in {wanted, None}, f"{key} was meant for {wanted}; it was heard by {heard}"

    def follow(self, link: str, address: str) -> None:
        """Go to a link, press it, and wait for the page it leads to."""
        self.press(link)
        self.page.wait_for_url(address)

    def write(self, wanted: str, text: str) -> None:
        self.to(wanted)
        self.page.keyboard.insert_text(text)

    def choose_files(self, wanted: str, *paths: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.press(wanted)
        chooser.value.set_files([str(path) for path in paths])

    def lands(self, wanted: str) -> None:
        """Wait until the focus has moved there by itself."""
        # Not `wait_for_function`: its second look needs `eval`, which the page's policy forbids.
        self.page.wait_for_selector(f":is({wanted}):focus", state="attached")

    def at(self, wanted: str) -> bool:
        found: bool = self.page.evaluate("(one) => document.activeElement.matches(one)", wanted)
        return found

    def where(self) -> str:
        found: str = self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        return found

    def _heard(self) -> str | None:
        """What heard the last key; None if the page has gone on to another one."""
        try:
            found: str | None = self.page.evaluate("window.heard ?? null")
        except Error:
            return None
        return found
