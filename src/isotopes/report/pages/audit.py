"""The page, or the matrix alone, of one audit: which of many marks did a model learn?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.hints import quoted
from isotopes.report import audit_words as words
from isotopes.report.audit_plot import describe_matrix, matrix_plot
from isotopes.report.key_words import about_key
from isotopes.report.pages.background import ARITHMETIC, Background, vouched
from isotopes.report.pages.content import Command, Page, Picture, Statement, Table
from isotopes.report.pages.marks import marks_table
from isotopes.report.pages.render import check_report, write_new, write_report
from isotopes.report.sentences import audit_sentence, warnings
from isotopes.verify.verdicts.audit import AuditVerdict

MATRIX = ".png"  # the matrix alone


def audit_content(verdict: AuditVerdict, backgrounds: Sequence[Background] = ()) -> Page:
    """The content of this audit's page."""
    outcome, _, ground = audit_sentence(verdict).partition(": ")
    assert outcome == str(verdict.verdict)
    marks = len(verdict.isotopes)
    return Page(
        title=f"{marks} marks in {verdict.target}",
        question=(
            f"Which of {marks} marks did the model {verdict.target} learn, and for which label?"
        ),
        outcome=verdict.verdict,
        ground="; ".join([ground, *words.pair_sentences(verdict)]),
        warnings=tuple(warnings(verdict)),
        chart=_chart(verdict),
        tables=(*_mark_by_mark(verdict), *marks_table(backgrounds)),
        reading=words.HOW_TO_READ if verdict.found is not None else (),
        not_said=(about_key(verdict.beacons),) if verdict.found is not None else (),
        statements=(
            Statement("The p-values follow from the answers and the plan", ARITHMETIC),
            Statement(
                "These answers are the model's own",
                "the auditor's word: only asking the model again shows it",
            ),
            *vouched(backgrounds, beacons=verdict.beacons),
        ),
        commands=(
            Command(
                "The auditor asks the model again, and keeps the answers",
                f"isotopes audit --target {quoted(verdict.target)} --probes FOLDER"
                f"{' --disguise' * verdict.disguised} --keep ANSWERS",
            ),
        ),
        sections=(
            (
                "What it took, and what was fixed before the model was asked",
                tuple(words.audit_rows(verdict)),
            ),
        ),
    )


def write_audit(verdict: AuditVerdict, path: Path, backgrounds: Sequence[Background] = ()) -> None:
    """Write the page to a new file; for a path that ends in .png, the matrix alone.

    Raises:
        FolderError: something is there already, the file can't be written, or the audit has no
            outcome to draw.
    """
    check_report(path, MATRIX)
    if path.suffix.lower() != MATRIX:
        write_report(audit_content(verdict, backgrounds), path)
        return
    matrix = matrix_plot(verdict)
    if matrix is None:
        raise FolderError(f"there is no matrix to write to {path}: {audit_sentence(verdict)}")
    write_new(path, matrix)


def _mark_by_mark(verdict: AuditVerdict) -> tuple[Table, ...]:
    rows = tuple(words.mark_rows(verdict))
    return (Table("Mark by mark", words.HEAD, rows),) if rows else ()


def _chart(verdict: AuditVerdict) -> Picture | None:
    matrix = matrix_plot(verdict)
    if matrix is None:
        return None
    described = describe_matrix(verdict)
    return Picture(matrix, "image/png", described, described, wide=True)
