from __future__ import annotations

import re
from pathlib import Path

import pytest
from bench.pages import PAGES as FILLED
from bench.pages import README, filled

ROOT = README.parent
PAGES = sorted([README, *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", FILLED, ids=lambda page: page.name)
def test_a_page_shows_the_committed_figures(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert ": begin -->" in text
    assert filled(text) == text, "run: python -m bench.pages"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []
