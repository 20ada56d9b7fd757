"""`isotopes audit` without --probes: every isotope with its owner's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.cli.asking import asking, stop_if_cut_short, tell_plan
from isotopes.cli.output.reports import known_here
from isotopes.cli.output.verdicts import show_combined
from isotopes.cli.own_shown import OwnPicturesShown
from isotopes.cli.terminal import tell
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.cli.options.asking import AskingOptions
    from isotopes.cli.options.audits import AuditOptions
    from isotopes.targets import Target
    from isotopes.vault import Isotope, Vault
    from isotopes.workflows.auditing_own import OwnAudit
    from isotopes.workflows.checking.own_pictures import OwnPictures

Owned = Sequence[tuple["Isotope", "OwnPictures"]]


def with_own_pictures(vault: Vault, isotopes: Sequence[Isotope], mine: Path | None) -> Owned:
    """The isotopes whose originals are found; prints the names of the others.

    Raises:
        IsotopesError: no originals are found.
        FolderError: the named folder can't be listed.
    """
    from isotopes.workflows.checking.own_pictures import find_own_pictures

    found, missing = [], []
    for isotope in isotopes:
        own = find_own_pictures(isotope, vault.files(isotope.name), mine)
        if own is None:
            missing.append(isotope.name)
        else:
            found.append((isotope, own))
    if not found:
        raise IsotopesError(
            "an audit needs pictures to ask the model about, got none",
            hint="give --mine FOLDER with the originals of the marked pictures, or --probes FOLDER"
            " with other people's",
        )
    if missing:
        tell(f"left out, as their pictures are not where they were marked: {', '.join(missing)}")
    return found


def audit_own(
    isotopes: Owned,
    model: Target,
    options: AuditOptions,
    asked: AskingOptions,
    keep: Path | None,
    *,
    named: bool,
) -> OwnAudit:
    """Run the audit and close the model; exit if asking was cut short.

    Args:
        named: the user named the folder of their own pictures.
    """
    from isotopes.workflows.auditing_own import audit_own_pictures

    # The user agrees to the whole audit at once, before it has plans.
    shown = OwnPicturesShown(named=named, count=sum(len(own.marked) for _, own in isotopes))
    with asking(model, yes=asked.yes, planned=tell_plan, own=shown) as hooks:
        found = audit_own_pictures(
            isotopes,
            model,
            decoys=options.decoys,
            level=options.discovery_level,
            disguise=options.disguise,
            care=asked.care,
            hooks=hooks,
            kept=keep,
        )
    if found.cut_short:
        done = sum(not verdict.cut_short for verdict in found.verdicts)
        tell(f"{done} of {len(isotopes)} isotopes were asked about before the end")
    keeping = "--journal FILE or --keep FOLDER"
    stop_if_cut_short(found.cut_short, model, asked.journal, keep, keeping)
    return found


def show_own_audit(found: OwnAudit, as_json: bool, report: Path | None, vault: str | None) -> None:
    """Show all checks judged together, and write a page if `report` names one."""
    from isotopes.report import write_page

    assert found.combined is not None
    show_combined(found.combined, as_json)
    if report is not None:
        known = known_here(vault, [verdict.commitment for verdict in found.verdicts])
        write_page(found.combined, report, known)
