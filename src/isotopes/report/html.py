"""One HTML page for one verdict: it holds all it needs and loads nothing from anywhere."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.escaping import escape_lines, json_text
from isotopes.files import atomic_write
from isotopes.report import words
from isotopes.report.plot import describe_plot, score_plot
from isotopes.report.sentences import ground, warnings
from isotopes.verify import Verdict

TEMPLATE = "verdict.html.j2"


def verdict_page(verdict: Verdict) -> str:
    """The page: verdict, plot, what was found and planned, how to read it, and the JSON."""
    svg = score_plot(verdict)
    return render(
        TEMPLATE,
        verdict=verdict,
        ground=ground(verdict),
        warnings=warnings(verdict),
        plot=None if svg is None else base64.b64encode(svg.encode()).decode(),
        plot_in_words=None if svg is None else describe_plot(verdict),
        tables=[
            ("What was found", words.evidence_rows(verdict)),
            ("What it took", words.effort_rows(verdict)),
            ("What was fixed before the model was asked", words.plan_rows(verdict)),
        ],
        says=words.what_it_says(verdict),
        does_not_say=words.what_it_does_not_say(verdict),
        json=json_text(verdict.to_dict(), indent=2),
    )


def write_page(verdict: Verdict, path: Path) -> None:
    """Write the page to a new file.

    Raises:
        FolderError: something is there already, or the file can't be written.
    """
    write_new(path, verdict_page(verdict).encode())


def render(template: str, **values: object) -> str:
    """One of this room's templates as a page.

    All values are escaped, for HTML and for people: no bidi override turns a sentence around.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_visible
    )
    found = environment.from_string(_text(template))
    return found.render(style=_text("page.css"), **values)


def check_new(path: Path) -> None:
    """Raise FolderError where `write_new` would fail: told before answers are paid for."""
    if os.path.lexists(path):
        raise FolderError(f"{path} is there already", hint="name another file for the report")
    if not path.parent.is_dir():
        raise FolderError(f"there is no folder {path.parent} for the report", hint="make it first")


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


def _visible(value: object) -> object:
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return escape_lines(value)
    return value  # numbers, and what the template calls safe


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
