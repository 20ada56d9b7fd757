"""The pages of a sweep: every mark once by rank and once by name, and no link leads nowhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from audit_plans import audit_plan
from command_line import HOSTILE

from isotopes.errors import FolderError
from isotopes.report.pages import sweep
from isotopes.report.pages.sweep import write_sweep
from isotopes.stats.many.sweep import SweepResult
from isotopes.verify.verdicts.sweep import SweepVerdict

MARKS = 8


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "RANKED", 3)
    monkeypatch.setattr(sweep, "NAMED", 3)


@pytest.fixture
def verdict() -> SweepVerdict:
    plan = audit_plan(
        [f"<b>{at}</b>{HOSTILE}" for at in range(MARKS)],
        20,
        family="tints",
        alpha=0.1,
        decoys=99,
        target="<i>model</i>",
    )
    rising = np.arange(MARKS, dtype=float)
    found = SweepResult(
        labels=np.zeros(MARKS, np.int64),
        statistics=rising,
        pvalues=1 / (1 + rising),
        claim_pvalues=1 / (1 + rising),
        differences=rising,
        lows=rising - 1,
        highs=rising + 1,
        adjusted=np.minimum(1, 2 / (1 + rising)),
        claims_adjusted=np.full(MARKS, np.nan),
        level=0.05,
        decoys=75,
    )
    return SweepVerdict(plan, ("cat", "dog"), found)


class Seen(HTMLParser):
    """What a browser would find: links, the ids of rows, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.tags.add(tag)
        self.links += [str(about["href"])] if tag == "a" else []
        self.ids += [str(about["id"])] if "id" in about else []

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_mark_is_found_by_rank_and_by_name(verdict: SweepVerdict, tmp_path: Path) -> None:
    first = write_sweep(verdict, tmp_path / "found")
    assert first == tmp_path / "found" / "index.html"
    pages = {path.name: Seen(path.read_text()) for path in first.parent.iterdir()}
    for page in pages.values():
        assert not page.tags & {"i", "script"}
        assert all(letter.isprintable() or letter == "\n" for letter in page.text)
    ranked = [name for name in sorted(pages) if name.startswith("ranked")]
    assert [pages[name].ids for name in ranked] == [
        ["r1", "r2", "r3"],
        ["r4", "r5", "r6"],
        ["r7", "r8"],
    ]
    order = [re.findall(r"<b>(\d)</b>", pages[name].text) for name in ranked]
    assert sum(order, []) == [str(mark) for mark in verdict.ranked()]
    by_name = {
        mark: address
        for name in pages
        if name.startswith("names-")
        for address, mark in zip(
            [link for link in pages[name].links if "#" in link],
            re.findall(r"<b>(\d)</b>", pages[name].text),
            strict=True,
        )
    }
    assert by_name == {
        str(mark): f"{ranked[(rank - 1) // 3]}#r{rank}"
        for rank, mark in enumerate(verdict.ranked(), 1)
    }


def test_every_link_leads_somewhere_and_every_page_is_reached(
    verdict: SweepVerdict, tmp_path: Path
) -> None:
    folder = write_sweep(verdict, tmp_path / "found").parent
    waiting, reached = ["index.html"], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            for link in Seen((folder / name).read_text()).links:
                file, _, place = link.partition("#")
                assert not place or place in Seen((folder / file).read_text()).ids
                waiting.append(file)
    assert reached == {path.name for path in folder.iterdir()}


def test_pages_of_an_earlier_run_are_replaced(verdict: SweepVerdict, tmp_path: Path) -> None:
    write_sweep(verdict, tmp_path / "found")
    (tmp_path / "found" / "old.html").touch()
    write_sweep(verdict, tmp_path / "found")
    assert not (tmp_path / "found" / "old.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["found"]
    with pytest.raises(FolderError, match="pages can't be written"):
        write_sweep(verdict, tmp_path / "nowhere" / "found")
