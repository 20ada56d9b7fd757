from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from isotopes.errors import FolderError
from isotopes.report import describe_plot, score_plot, verdict_page, words, write_page
from isotopes.verify import Outcome, Verdict
from isotopes.verify.evidence.remark import Remark, RemarkKind

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Checks that tags close, and collects what a reader or a browser would take from the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_says_it_all(detected: Verdict) -> None:
    page = Page(verdict_page(detected))
    for wanted in (
        "Was the model model.onnx trained on pictures that carry the mark of holiday?",
        "Detected",
        'Label "cat" rises more with the mark than with any of 199 decoys; an innocent',
        "0.005 (level 0.01)",
        "+4.5 against the decoys' mean (95% interval over pictures: +4.2 to +4.8)",
        "0.92 with the mark, 0.18 with decoys, 0.11 without either",
        "not used for the verdict",
        "5,025",
        "3 by the model's answer, 4 by folder name, 1 unreadable",
        detected.commitment,
        detected.plan_hash,
        "It does not show which of the marked pictures were used",
        '"format": "isotopes-verdict/4"',
    ):
        assert wanted in page.text, wanted


def test_the_page_loads_nothing(detected: Verdict) -> None:
    html = verdict_page(detected)
    page = Page(html)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "url(" not in html
    assert "@import" not in html
    (picture,) = page.all("img")
    source = picture["src"] or ""
    assert source.startswith("data:image/svg+xml;base64,")
    svg = base64.b64decode(source.partition(",")[2]).decode()
    assert not re.findall(r'href="(?!#)', svg)
    (policy,) = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_the_page_can_be_heard(detected: Verdict) -> None:
    page = Page(verdict_page(detected))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert page.all("img")[0]["alt"] == describe_plot(detected)
    assert {attributes["scope"] for attributes in page.all("th")} == {"row", "col"}
    assert "width=device-width" in (page.all("meta")[1]["content"] or "")


def test_names_are_data(detected: Verdict) -> None:
    evil = replace(
        detected,
        isotope="<script>alert(1)</script>",
        label="</pre><img src=http://x>",
        warnings=(Remark(RemarkKind.DIFFERS_FROM_COMMITMENT, {"terms": ["</p><b onclick=x>"]}),),
    )
    page = Page(verdict_page(evil))
    assert len(page.all("img")) == 1
    assert page.all("script") == []
    assert "<script>alert(1)</script>" in page.text


def test_an_undecided_check_has_no_plot(inconclusive: Verdict) -> None:
    page = Page(verdict_page(inconclusive))
    assert page.all("img") == []
    assert "p-value" not in page.text.partition("This verdict as JSON")[0]
    assert "Nothing follows from it, in either direction." in page.text
    assert "How to read this" not in page.text


def test_a_test_of_unknown_rate_accuses_nobody(paired_t: Verdict) -> None:
    page = Page(verdict_page(paired_t))
    assert "the false-positive rate of paired-t is not known" in page.text
    assert "Do not accuse anybody because of it." in page.text
    assert "exact" not in page.text


def test_an_assumption_is_not_called_exact(detected: Verdict) -> None:
    page = Page(verdict_page(replace(detected, exchangeable=False)))
    assert "p-value, under the assumption" in page.text
    assert "you have to believe that" in page.text
    assert "p-value, exact" not in page.text


def test_a_search_says_how_many_labels_it_went_through(detected: Verdict) -> None:
    rows = dict(words.evidence_rows(replace(detected, labels_searched=100)))
    assert rows["label"] == "cat, found among 100"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_says_what_it_does_not_say(detected: Verdict, outcome: Outcome) -> None:
    assert words.what_it_does_not_say(replace(detected, verdict=outcome))


def test_the_plot_is_the_same_each_time_and_well_formed(detected: Verdict) -> None:
    svg = score_plot(detected)
    assert svg is not None
    assert svg == score_plot(detected)
    assert ET.fromstring(svg).tag.endswith("svg")


def test_the_plot_in_words(detected: Verdict) -> None:
    text = describe_plot(replace(detected, decoy_scores=(1.0, 2.0, 4.0)))
    assert text == (
        "Histogram of 3 decoys' scores from 1 to 4."
        " The mark scores 3.5; as high or higher: 1 of them."
    )


def test_no_plot_without_decoys(inconclusive: Verdict, paired_t: Verdict) -> None:
    assert score_plot(inconclusive) is None
    assert score_plot(paired_t) is None


def test_alike_decoys_can_be_plotted(detected: Verdict) -> None:
    assert score_plot(replace(detected, decoy_scores=(0.5,) * 30)) is not None


def test_a_page_that_can_not_be_written(detected: Verdict, tmp_path: Path) -> None:
    write_page(detected, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == verdict_page(detected)
    for path in (tmp_path / "no" / "page.html", tmp_path / "page.html"):
        with pytest.raises(FolderError, match="the report can't be written to"):
            write_page(detected, path)
