"""One HTML page, or one picture, for one audit."""

from __future__ import annotations

import base64
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.report import audit_words as words
from isotopes.report.audit_plot import describe_matrix, matrix_plot
from isotopes.report.html import check_new, render, write_new
from isotopes.report.key_words import about_key
from isotopes.report.sentences import audit_sentence, warnings
from isotopes.verify.verdicts.audit import AuditVerdict

ENDINGS = (".html", ".png")


def audit_page(verdict: AuditVerdict) -> str:
    """The page: outcome, matrix, what each mark did, how to read it."""
    matrix = matrix_plot(verdict)
    return render(
        "audit.html.j2",
        verdict=verdict,
        sentence=audit_sentence(verdict),
        warnings=warnings(verdict),
        matrix=None if matrix is None else base64.b64encode(matrix).decode(),
        matrix_in_words=describe_matrix(verdict),
        pairs=words.pair_sentences(verdict),
        head=words.HEAD,
        marks=list(words.mark_rows(verdict)),
        how_to_read=(*words.HOW_TO_READ, about_key(verdict.beacons)),
        rows=words.audit_rows(verdict),
    )


def check_ending(path: Path) -> None:
    """Raise FolderError where a report can't be written to such a file, or one is there."""
    if path.suffix.lower() not in ENDINGS:
        raise FolderError(
            f"an audit's report must end in {' or '.join(ENDINGS)}, got {path.name!r}",
            hint=".html is a page, .png the matrix alone",
        )
    check_new(path)


def write_audit(verdict: AuditVerdict, path: Path) -> None:
    """Write the page, or for a path that ends in .png the matrix alone, to a new file.

    Raises:
        FolderError: another ending, something is there already, the file can't be written, or the
            audit has no outcome to draw.
    """
    check_ending(path)
    if path.suffix.lower() == ".html":
        write_new(path, audit_page(verdict).encode())
        return
    matrix = matrix_plot(verdict)
    if matrix is None:
        raise FolderError(f"there is no matrix to write to {path}: {audit_sentence(verdict)}")
    write_new(path, matrix)
