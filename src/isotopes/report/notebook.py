"""Verdicts as a notebook shows them. Importing this module registers them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from isotopes.faces.verdict import FaceVerdict
from isotopes.report import audit_words, picture_words, words
from isotopes.report.pages.combined import HEAD, joint_row
from isotopes.report.pages.render import render
from isotopes.report.plot import describe_plot, score_plot
from isotopes.report.sentences import (
    audit_sentence,
    combined_sentence,
    combined_warnings,
    sentence,
    warnings,
)
from isotopes.verify import Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.combined import CombinedVerdict
from isotopes.verify.verdicts.display import as_html
from isotopes.verify.verdicts.pictures import PictureVerdict

TEMPLATE = "notebook.html.j2"
MOST_ROWS = 50  # of an audit's marks; a page (`report/pages/audit.py`) has them all


@as_html.register
def verdict_html(verdict: Verdict) -> str:
    """A check's verdict: the sentence, where the mark stands among its decoys, the figures."""
    svg = score_plot(verdict)
    return _fragment(
        sentence(verdict),
        warnings(verdict),
        rows=[*words.evidence_rows(verdict), *words.effort_rows(verdict)],
        plot=None if svg is None else base64.b64encode(svg.encode()).decode(),
        plot_in_words=None if svg is None else describe_plot(verdict),
    )


@as_html.register
def combined_html(verdict: CombinedVerdict) -> str:
    """Several checks: the sentence, and a row for each."""
    return _fragment(
        combined_sentence(verdict),
        combined_warnings(verdict),
        head=HEAD[:-1],  # a page has room for the effects too
        rows=[joint_row(check)[:-1] for check in verdict.checks],
    )


@as_html.register
def audit_html(verdict: AuditVerdict) -> str:
    """An audit: the sentence, and a row for each of the first marks."""
    rows = list(audit_words.mark_rows(verdict))
    return _fragment(
        audit_sentence(verdict),
        warnings(verdict),
        head=audit_words.HEAD if rows else (),
        rows=rows[:MOST_ROWS],
        more=max(0, len(rows) - MOST_ROWS),
    )


@as_html.register
def face_html(verdict: FaceVerdict) -> str:
    """A face search: the sentence, and what limits it."""
    return _fragment(verdict.sentence, warnings(verdict), rows=[])


@as_html.register
def picture_html(verdict: PictureVerdict) -> str:
    """A check of pictures: the sentence, and the figures."""
    return _fragment(
        picture_words.picture_sentence(verdict),
        picture_words.picture_warnings(verdict),
        rows=[
            *picture_words.found_rows(verdict),
            *picture_words.group_rows(verdict),
            *picture_words.effort_rows(verdict),
        ],
    )


def _fragment(
    sentence_: str,
    warnings_: Sequence[str],
    *,
    rows: Sequence[Sequence[str]],
    head: Sequence[str] = (),
    plot: str | None = None,
    plot_in_words: str | None = None,
    more: int = 0,
) -> str:
    outcome, _, ground = sentence_.partition(": ")
    return render(
        TEMPLATE,
        outcome=outcome,
        ground=ground,
        warnings=warnings_,
        head=head,
        rows=rows,
        plot=plot,
        plot_in_words=plot_in_words,
        more=more,
    )
