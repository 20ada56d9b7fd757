"""The page of a verdict of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from isotopes.faces.verdict import FaceVerdict
from isotopes.report.pages.audit import audit_content
from isotopes.report.pages.background import Background
from isotopes.report.pages.check import check_content
from isotopes.report.pages.claim import claim_content
from isotopes.report.pages.combined import combined_content
from isotopes.report.pages.content import Page
from isotopes.report.pages.faces import face_content
from isotopes.report.pages.pictures import picture_content
from isotopes.report.pages.render import as_html, write_report
from isotopes.verify import Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.claim import ClaimVerdict
from isotopes.verify.verdicts.combined import CombinedVerdict
from isotopes.verify.verdicts.pictures import PictureVerdict

AnyVerdict: TypeAlias = (
    Verdict | AuditVerdict | CombinedVerdict | FaceVerdict | ClaimVerdict | PictureVerdict
)


def make_page(verdict: AnyVerdict, backgrounds: Sequence[Background] = ()) -> Page:
    """The content of this verdict's page.

    Args:
        backgrounds: what the owner's vault knows about its marks; without it, the page has no
            dates and no pictures.
    """
    match verdict:
        case Verdict():
            return check_content(verdict, *backgrounds[:1])
        case PictureVerdict():
            return picture_content(verdict, *backgrounds[:1])
        case FaceVerdict():
            return face_content(verdict, *backgrounds[:1])
        case AuditVerdict():
            return audit_content(verdict, backgrounds)
        case ClaimVerdict():
            return claim_content(verdict)
        case CombinedVerdict():
            return combined_content(verdict, backgrounds)


def verdict_page(verdict: AnyVerdict, backgrounds: Sequence[Background] = ()) -> str:
    """The page as self-contained HTML: it loads nothing from anywhere."""
    return as_html(make_page(verdict, backgrounds))


def write_page(verdict: AnyVerdict, path: Path, backgrounds: Sequence[Background] = ()) -> None:
    """Write the page to a new file: HTML, or PDF if the name ends in .pdf.

    Raises:
        FolderError: something is there already, the file can't be written, or there is no browser
            to print a PDF with.
    """
    write_report(make_page(verdict, backgrounds), path)
