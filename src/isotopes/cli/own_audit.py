"""`isotopes audit` without --probes: every isotope with its owner's own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.cli.asking import confirmer, stop_if_cut_short, tell_recheck
from isotopes.cli.commands.combine import show_combined
from isotopes.cli.pictures import announce_pictures
from isotopes.cli.reports import known_here
from isotopes.cli.terminal import count_files, tell
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.vault import Isotope, Vault
    from isotopes.workflows.auditing_own import OwnAudit
    from isotopes.workflows.checking.guarding import Care
    from isotopes.workflows.checking.own_pictures import OwnPictures

Owned = Sequence[tuple["Isotope", "OwnPictures"]]


@dataclass(frozen=True)
class Asking:
    """How the model is asked: journal and limits, whether somebody agreed, where answers go."""

    care: Care
    yes: bool
    keep: Path | None


def with_own_pictures(vault: Vault, isotopes: Sequence[Isotope], mine: Path | None) -> Owned:
    """Those whose originals are there; the others are named.

    Raises:
        IsotopesError: none.
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


def run_own_audit(
    isotopes: Owned, model: Target, decoys: int | None, level: float, asking: Asking
) -> OwnAudit:
    """Ask; exits where asking was cut short, as there is more to be asked."""
    from isotopes.workflows.auditing_own import audit_own_pictures

    with count_files("asking") as progress:
        found = audit_own_pictures(
            isotopes,
            model,
            decoys=decoys,
            level=level,
            care=asking.care,
            announce=lambda plan: announce_pictures(plan, model),
            estimated=confirmer(model, asking.yes),
            rechecked=tell_recheck,
            progress=lambda done, total: progress(done, total, ""),
            kept=asking.keep,
        )
    if found.cut_short:
        done = sum(not verdict.cut_short for verdict in found.verdicts)
        tell(f"{done} of {len(isotopes)} isotopes were asked about before the end")
    keeping = "--journal FILE or --keep FOLDER"
    stop_if_cut_short(found.cut_short, model, asking.care.journal, asking.keep, keeping)
    return found


def show_own_audit(found: OwnAudit, as_json: bool, report: Path | None, vault: str | None) -> None:
    """All checks judged together, and a page of them if somebody wants one."""
    from isotopes.report import write_page

    assert found.combined is not None
    show_combined(found.combined, as_json)
    if report is not None:
        known = known_here(vault, [verdict.commitment for verdict in found.verdicts])
        write_page(found.combined, report, known)
