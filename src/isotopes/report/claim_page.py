"""One HTML page for a claim that was verified: the outcome, and who chose what."""

from __future__ import annotations

import base64
from pathlib import Path

from isotopes.escaping import json_text
from isotopes.report import claim_words as words
from isotopes.report.html import render, write_new
from isotopes.report.key_words import about_key
from isotopes.report.plot import describe_plot, score_plot
from isotopes.report.sentences import ground
from isotopes.verify.verdicts.claim import ClaimVerdict


def claim_page(found: ClaimVerdict) -> str:
    """The page: outcome, plot, who chose what, what it says and what stays open, and the JSON."""
    svg = score_plot(found.asked)
    return render(
        "claim.html.j2",
        found=found,
        ground=ground(found.asked),
        warnings=words.claim_warnings(found),
        plot=None if svg is None else base64.b64encode(svg.encode()).decode(),
        plot_in_words=None if svg is None else describe_plot(found.asked),
        rows=words.found_rows(found),
        chosen=words.chosen_rows(found),
        says=(*words.MEANS[found.outcome], *words.NULL, about_key([found.asked.beacon])),
        open=words.OPEN,
        json=json_text(found.to_dict(), indent=2),
    )


def write_claim_page(found: ClaimVerdict, path: Path) -> None:
    """Write the page to a new file.

    Raises:
        FolderError: something is there already, or the file can't be written.
    """
    write_new(path, claim_page(found).encode())
