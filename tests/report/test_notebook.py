"""What a notebook shows for a verdict."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from isotopes.report import notebook, sentence
from isotopes.verify import Verdict
from isotopes.verify.verdicts.combined import combine_verdicts


class Shown(HTMLParser):
    """The text, and the tags, which must all be closed."""

    def __init__(self, html: str | None) -> None:
        super().__init__()
        assert html is not None
        self.text, self.tags, self._open = "", [], []  # type: ignore[var-annotated]
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_verdict_shows_its_sentence_its_plot_and_its_figures(detected: Verdict) -> None:
    shown = Shown(detected._repr_html_())
    assert sentence(detected).removeprefix("detected") in shown.text
    assert "0.005 (level 0.01)" in shown.text
    ((_, image),) = [tag for tag in shown.tags if tag[0] == "img"]
    assert (image["src"] or "").startswith("data:image/svg+xml;base64,")
    assert "199 decoys" in (image["alt"] or "")


def test_one_without_a_test_has_no_plot(inconclusive: Verdict) -> None:
    shown = Shown(inconclusive._repr_html_())
    assert "too few probes are left" in shown.text
    assert all(tag != "img" for tag, _ in shown.tags)


def test_warnings_are_shown(paired_t: Verdict) -> None:
    assert "false-positive rate of paired-t is not known" in Shown(paired_t._repr_html_()).text


def test_names_are_data(detected: Verdict) -> None:
    shown = Shown(replace(detected, label="<script>alert(1)</script>")._repr_html_())
    assert "script" not in {tag for tag, _ in shown.tags}
    assert "<script>alert(1)</script>" in shown.text


def test_checks_together_have_a_row_each(detected: Verdict) -> None:
    other = replace(detected, isotope="pets", commitment="sha256:" + "12" * 32)
    shown = Shown(combine_verdicts([detected, other])._repr_html_())
    assert "2 checks together" in shown.text
    assert [tag for tag, _ in shown.tags].count("tr") == 3
    assert "pets" in shown.text


@pytest.mark.parametrize("module", ["isotopes.report.notebook", "isotopes.workflows.front_door"])
def test_importing_the_report_is_what_makes_them_shown(module: str) -> None:
    script = (
        "from isotopes.verify.verdicts.display import as_html\n"
        "from isotopes.verify import Verdict\n"
        "before = as_html.dispatch(Verdict)\n"
        f"import {module}\n"
        "print(before.__name__, as_html.dispatch(Verdict).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["as_html", notebook.verdict_html.__name__]
