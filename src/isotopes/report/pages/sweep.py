"""The pages of a sweep: its outcome, all marks by rank, and all marks by name.

A hundred thousand marks don't fit one page. So there is a folder of plain pages, which link to
each other and need no script: a browser loads a few hundred marks at a time, from a disk too.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from isotopes.errors import FolderError
from isotopes.report import sweep_words as words
from isotopes.report.pages.content import Page, Table
from isotopes.report.pages.render import render, style
from isotopes.verify.verdicts.sweep import SweepVerdict

FIRST = "index.html"
NAMES = "names.html"
SHOWN = 20  # marks on the first page
RANKED = 250  # marks on a page of the ranked list
NAMED = 1000  # on a page of the list of names

T = TypeVar("T")


@dataclass(frozen=True)
class Link:
    """Where a link leads, and what it says."""

    address: str
    text: str


def write_sweep(verdict: SweepVerdict, folder: Path) -> Path:
    """Write the pages into `folder`, in place of those that an earlier run wrote there.

    Returns:
        The first page.

    Raises:
        FolderError: they can't be written.
    """
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, text in _pages(verdict):
                (part / name).write_text(text, encoding="utf-8")
            _put(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise FolderError(f"pages can't be written to {folder}: {error.strerror}") from error
    return folder / FIRST


def sweep_content(verdict: SweepVerdict) -> Page:
    """The content of the first page."""
    outcome, _, ground = words.sweep_sentence(verdict).partition(": ")
    assert outcome == str(verdict.verdict)
    marks = len(verdict.found.labels)
    rows = tuple(words.sweep_rows(verdict, SHOWN))
    return Page(
        title=f"{marks:,} marks in {verdict.plan.target}",
        question=f"Which of {marks:,} marks did the model {verdict.plan.target} learn?",
        outcome=verdict.verdict,
        ground=ground,
        warnings=tuple(words.sweep_warnings(verdict)),
        tables=(Table("The marks that stand out most", words.HEAD, rows),),
        reading=words.HOW_TO_READ,
        sections=(("What was asked", tuple(words.plan_rows(verdict))),),
    )


def _pages(verdict: SweepVerdict) -> Iterator[tuple[str, str]]:
    """Names and texts of all pages, made one after another."""
    page, marks = sweep_content(verdict), len(verdict.found.labels)
    common = {"page": page, "style": style()}
    ranked = [_ranked(number) for number in range(-(-marks // RANKED))]
    links = [Link(ranked[0], f"All {marks:,} marks, by rank"), Link(NAMES, "All marks, by name")]
    yield FIRST, render("pages/sweep.html.j2", **common, links=links)
    for number, rows in enumerate(_groups(words.sweep_rows(verdict), RANKED)):
        first = 1 + number * RANKED
        yield (
            ranked[number],
            render(
                "pages/sweep_ranked.html.j2",
                **common,
                title=f"By rank: {first:,} to {first + len(rows) - 1:,} of {marks:,}",
                links=_around(ranked, number),
                head=words.HEAD,
                rows=rows,
                first=first,
            ),
        )
    yield from _name_pages(verdict, common)


def _name_pages(verdict: SweepVerdict, common: dict[str, object]) -> Iterator[tuple[str, str]]:
    """A list of ranges of names, and for each range the names with links to their ranks."""
    isotopes = verdict.plan.isotopes
    by_name = sorted((isotopes[mark], rank) for rank, mark in enumerate(verdict.ranked(), 1))
    groups = list(_groups(by_name, NAMED))
    files = [f"names-{number:05}.html" for number in range(len(groups))]
    ranges = [
        Link(file, f"{some[0][0]} to {some[-1][0]}")
        for file, some in zip(files, groups, strict=True)
    ]
    back = [Link(FIRST, "Outcome")]
    template = "pages/sweep_names.html.j2"
    yield NAMES, render(template, **common, title="By name", links=back, names=ranges)
    for number, some in enumerate(groups):
        names = [
            Link(f"{_ranked((rank - 1) // RANKED)}#r{rank}", f"{name} (rank {rank:,})")
            for name, rank in some
        ]
        links = [*_around(files, number), Link(NAMES, "All names")]
        yield files[number], render(template, **common, title="By name", links=links, names=names)


def _ranked(number: int) -> str:
    return f"ranked-{number:05}.html"


def _around(files: Sequence[str], number: int) -> list[Link]:
    """Links from one page of a list to the others."""
    links = [Link(FIRST, "Outcome"), Link(files[0], "First")]
    if number:
        links.append(Link(files[number - 1], "Previous"))
    if number + 1 < len(files):
        links.append(Link(files[number + 1], "Next"))
    return [*links, Link(files[-1], f"Last ({len(files):,} pages)")]


def _groups(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    waiting = iter(items)
    while some := tuple(islice(waiting, size)):
        yield some


def _put(part: Path, folder: Path) -> None:
    """Move finished pages to their place; pages that were there are deleted."""
    part.chmod(0o700)
    if folder.exists():
        old = part.with_name(part.name + "-old")
        folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old)
    else:
        part.rename(folder)
