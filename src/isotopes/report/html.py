"""One HTML page for one verdict: it holds all it needs and loads nothing from anywhere."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.report import words
from isotopes.report.plot import describe_plot, score_plot
from isotopes.verify import Verdict

TEMPLATE = Path(__file__).with_name("verdict.html.j2")


def verdict_page(verdict: Verdict) -> str:
    """The page: verdict, plot, what was found and planned, how to read it, and the JSON."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    svg = score_plot(verdict)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        verdict=verdict,
        ground=verdict.sentence.removeprefix(f"{verdict.verdict}: "),
        plot=None if svg is None else base64.b64encode(svg.encode()).decode(),
        plot_in_words=None if svg is None else describe_plot(verdict),
        tables=[
            ("What was found", words.evidence_rows(verdict)),
            ("What it took", words.effort_rows(verdict)),
            ("What was fixed before the model was asked", words.plan_rows(verdict)),
        ],
        says=words.what_it_says(verdict),
        does_not_say=words.what_it_does_not_say(verdict),
        json=json.dumps(verdict.to_dict(), indent=2, ensure_ascii=False),
    )


def write_page(verdict: Verdict, path: Path) -> None:
    """Write the page to a new file.

    Raises:
        FolderError: something is there already, or the file can't be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(verdict_page(verdict))
    except OSError as error:
        raise FolderError(f"the report can't be written to {path}: {error.strerror}") from error
