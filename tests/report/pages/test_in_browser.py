"""Verdicts' pages in a real browser: on a phone, on a desk and on paper."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from every_verdict import every_verdict
from test_pages import KNOWN

from isotopes.errors import FolderError
from isotopes.report import verdict_page, write_page
from isotopes.report.pages import pdf
from isotopes.report.pages.make import AnyVerdict
from isotopes.report.pages.render import check_report

LONG = "grandmother's-80th-birthday-and-garden-party-" * 3


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.parametrize(
    "verdict", every_verdict(name=LONG), ids=lambda verdict: type(verdict).__name__
)
def test_pages_fit_and_are_accessible(
    verdict: AnyVerdict, scheme: str, width: int, chromium: Any, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    (tmp_path / "page.html").write_text(verdict_page(verdict, [KNOWN]), encoding="utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
    # Every cell is on the screen: nothing is cut off or hidden behind a scroll bar of its own.
    outside = page.evaluate(
        "innerWidth > 700 ? 0 : [...document.querySelectorAll('td, tbody th')].filter(cell => {"
        " const box = cell.getBoundingClientRect(); return box.right > innerWidth + 1; }).length"
    )
    assert outside == 0
    page.close()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
@pytest.mark.parametrize("verdict", every_verdict(), ids=lambda one: type(one).__name__)
def test_every_page_prints_to_a4(verdict: AnyVerdict, tmp_path: Path) -> None:
    write_page(verdict, tmp_path / "page.pdf", [KNOWN])
    printed = (tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed


def test_a_pdf_needs_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detected: AnyVerdict
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "ELSEWHERE", ())
    with pytest.raises(FolderError, match="none of them is on this machine"):
        check_report(tmp_path / "page.pdf")
    check_report(tmp_path / "page.html")
    monkeypatch.setenv(pdf.VARIABLE, "nothing-like-it")
    with pytest.raises(FolderError, match="ISOTOPES_BROWSER names 'nothing-like-it'"):
        write_page(detected, tmp_path / "page.pdf")


@pytest.mark.skipif(os.name != "posix", reason="a script as a browser")
def test_a_browser_that_prints_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detected: AnyVerdict
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(pdf.VARIABLE, str(broken))
    with pytest.raises(FolderError, match="printed nothing: no display"):
        write_page(detected, tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()
    with pytest.raises(FolderError, match=r"must end in \.html or \.pdf, got 'page\.doc'"):
        check_report(tmp_path / "page.doc")
