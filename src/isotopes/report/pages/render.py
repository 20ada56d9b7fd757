"""Pages as HTML, alone or as a part of another page, and written to new files."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.errors import FolderError
from isotopes.escaping import escape_lines
from isotopes.files import atomic_write
from isotopes.report.pages.content import Page
from isotopes.report.pages.pdf import as_pdf, find_browser
from isotopes.report.templating import environment

if TYPE_CHECKING:
    from jinja2 import Environment

ENDINGS = (".html", ".pdf")


def as_html(page: Page) -> str:
    """The whole page."""
    return render("pages/page.html.j2", page=page, style=style())


def as_parts(page: Page) -> tuple[str, str]:
    """The answer, and all that comes after it, for another page that has `style()`.

    Both belong into one element of the class `verdict`.
    """
    return render("pages/answer.html.j2", page=page), render("pages/details.html.j2", page=page)


def style() -> str:
    """The style sheet of all pages."""
    return _text("pages/page.css")


def write_report(page: Page, path: Path) -> None:
    """Write the page to a new file: HTML, or PDF if the name ends in .pdf.

    Raises:
        FolderError: something is there already, the file can't be written, or there is no browser
            to print with.
    """
    text = as_html(page)
    write_new(path, as_pdf(text) if path.suffix.lower() == ".pdf" else text.encode())


def check_report(path: Path, *also: str) -> None:
    """Raise FolderError if `write_report` would fail, before answers are paid for.

    Args:
        also: more endings that the caller can write.
    """
    endings = (*ENDINGS, *also)
    ending = path.suffix.lower()
    if ending not in endings:
        raise FolderError(
            f"a report must end in {', '.join(endings[:-1])} or {endings[-1]}, got {path.name!r}",
            hint=".html is a page that any browser shows, .pdf the same on A4",
        )
    if os.path.lexists(path):
        raise FolderError(f"{path} is there already", hint="name another file for the report")
    if not path.parent.is_dir():
        raise FolderError(f"there is no folder {path.parent} for the report", hint="make it first")
    if ending == ".pdf":
        find_browser()


def write_new(path: Path, data: bytes) -> None:
    """Write a report that is not there yet.

    Raises:
        FolderError: something is there already, or the file can't be written.
    """
    try:
        with atomic_write(path, replace=False) as part:
            part.write_bytes(data)
    except OSError as error:
        raise FolderError(f"the report can't be written to {path}: {error.strerror}") from error


def render(template: str, **values: object) -> str:
    """Fill in one of this package's templates.

    It escapes all values, for HTML and for people: no bidi override can reverse a sentence.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    return environment(_text, escape_lines)


def _text(name: str) -> str:
    return files("isotopes.report").joinpath(*name.split("/")).read_text(encoding="utf-8")
