"""What the vault adds to a verdict that is written as a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from isotopes.cli.terminal import warn

if TYPE_CHECKING:
    from pathlib import Path

    from isotopes.report.pages.background import Background
    from isotopes.vault import Isotope
    from isotopes.verify.verdicts.loading import CheckVerdict


def write_report_page(
    verdict: CheckVerdict, report: Path | None, location: str | None, shown: Isotope | None
) -> None:
    """Write a check's verdict as a page, if `report` names one.

    Args:
        location: of the vault.
        shown: the isotope whose mark the page shows too; None for none.
    """
    from isotopes.report import write_page

    if report is not None:
        commitments, plan_hash = [verdict.commitment], verdict.plan_hash
        known = known_here(location, commitments, plan_hash=plan_hash, shown=shown)
        write_page(verdict, report, known)


def known_here(
    location: str | None,
    commitments: Iterable[str],
    plan_hash: str | None = None,
    *,
    shown: Isotope | None = None,
) -> tuple[Background, ...]:
    """What the vault, if there is one, knows about these marks; needs no passphrase.

    Args:
        plan_hash: of the plan of a check that has just run; None for none.
        shown: the isotope whose mark the page shows too; None for none.
    """
    from isotopes.vault import Vault
    from isotopes.vault.terms import utc_now
    from isotopes.workflows.backgrounds import backgrounds, with_secrets

    if not Vault.exists(location):
        return ()
    asked = "" if plan_hash is None else utc_now()
    with Vault.open(location) as vault:
        found = backgrounds(vault, commitments, plan_hash=plan_hash, asked=asked)
        if shown is None or not found:
            return found
        warn("the report shows the mark itself: keep it to yourself")
        return (with_secrets(found[0], shown, vault.files(shown.name)), *found[1:])
