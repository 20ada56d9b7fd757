from __future__ import annotations

import re
from pathlib import Path

import pytest
from bench.readme import README, filled

ROOT = README.parent
PAGES = sorted([README, *ROOT.glob("docs/*.md")])


def test_the_readme_shows_the_committed_figures() -> None:
    text = README.read_text(encoding="utf-8")
    assert filled(text) == text, "run: python -m bench.readme"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []
