"""`isotopes audit ISOTOPE... --target T --probes FOLDER`: many marks against one model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import (
    BudgetOption,
    JournalOption,
    MaxCostOption,
    PriceOption,
    TargetOption,
    YesOption,
    confirmer,
    stop_if_cut_short,
    tell_recheck,
)
from isotopes.cli.notes import tell_note_on_key
from isotopes.cli.passphrase import PassphraseFileOption, VaultOption, open_vault
from isotopes.cli.reports import known_here
from isotopes.cli.terminal import count_files, show, show_json, show_table, tell
from isotopes.defaults import STATISTIC_NAMES
from isotopes.errors import IsotopesError
from isotopes.workflows.audit_terms import AuditTerms

if TYPE_CHECKING:
    from isotopes.vault import Isotope, Vault
    from isotopes.verify.verdicts.audit import AuditVerdict

USUAL = AuditTerms()


def audit(
    target: TargetOption,
    probes: Annotated[
        Path, typer.Option(help="pictures of the model's domain; sub-folders may name labels")
    ],
    isotopes: Annotated[
        list[str] | None, typer.Argument(help="the isotopes' names in the vault")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="all isotopes of the vault")] = False,
    family: Annotated[str | None, typer.Option(help="of these, only marks of this family")] = None,
    alpha: Annotated[
        float | None, typer.Option(help="of these, only marks of this visibility")
    ] = None,
    statistic: Annotated[str, typer.Option(help=", ".join(STATISTIC_NAMES))] = USUAL.statistic,
    probes_count: Annotated[int, typer.Option(min=1, help="how many probes to use")] = USUAL.probes,
    decoys: Annotated[
        int, typer.Option(min=1, help="how many decoys to ask for all marks together")
    ] = USUAL.decoys,
    discovery_level: Annotated[
        float, typer.Option(help="of the marks called attributed, the share that may be wrong")
    ] = USUAL.discovery_level,
    level: Annotated[
        float, typer.Option(help="lambda of V and V_D, and the level of each claim")
    ] = USUAL.level,
    journal: JournalOption = None,
    budget: BudgetOption = None,
    max_cost: MaxCostOption = None,
    price: PriceOption = None,
    yes: YesOption = False,
    keep: Annotated[
        Path | None,
        typer.Option(help="keep plan and answers in this folder, and resume from it"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="write a page (.html or .pdf), or the matrix alone (.png)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the outcome as JSON")] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Which of many marks did this model learn, for which label, and which can be told apart?

    Each mark is asked once, and so are decoys that serve all of them.
    """
    from isotopes.report.pages.audit import MATRIX, write_audit
    from isotopes.report.pages.render import check_report
    from isotopes.targets import open_target
    from isotopes.workflows.auditing import audit_isotopes
    from isotopes.workflows.checking.guarding import Care
    from isotopes.workflows.checking.probes import ProbeFolder

    if report is not None:
        check_report(report, MATRIX)
    with open_vault(vault, passphrase_file) as opened:
        chosen = _chosen(opened, isotopes or [], every, family, alpha)
    terms = AuditTerms(
        statistic=statistic,
        probes=probes_count,
        decoys=decoys,
        level=level,
        discovery_level=discovery_level,
    )
    model = open_target(target)
    try:
        with count_files("asking") as progress:
            verdict = audit_isotopes(
                chosen,
                model,
                ProbeFolder(probes),
                terms,
                care=Care(journal, budget, max_cost, price),
                announce=lambda plan: tell(f"plan {plan.hash}"),
                estimated=confirmer(model, yes),
                rechecked=tell_recheck,
                progress=lambda done, total: progress(done, total, ""),
                kept=keep,
            )
    finally:
        model.close()
    _show(verdict, as_json)
    stop_if_cut_short(verdict.cut_short, model, journal, keep, "--journal FILE or --keep FOLDER")
    if report is not None:
        known = known_here(vault, verdict.commitments, plan_hash=verdict.plan_hash)
        write_audit(verdict, report, known)


def _chosen(
    vault: Vault, names: Sequence[str], every: bool, family: str | None, alpha: float | None
) -> list[Isotope]:
    if every == bool(names):
        raise IsotopesError(
            "an audit needs either names of isotopes or all of them",
            hint="name some, or give --all",
        )
    found = [vault.get(name) for name in (vault.names() if every else names)]
    return [
        isotope
        for isotope in found
        if not (every and isotope.waits)
        and family in (None, isotope.family)
        and alpha in (None, isotope.alpha)
    ]


def _show(verdict: AuditVerdict, as_json: bool) -> None:
    from isotopes.report import audit_words as words
    from isotopes.report.sentences import audit_sentence, warnings

    for warning in warnings(verdict):
        tell(f"warning: {warning}")
    if as_json:
        show_json(verdict.to_dict(), indent=None)
        return
    show(audit_sentence(verdict))
    tell_note_on_key(verdict.beacons)
    if verdict.found is not None:
        show_table(words.HEAD, words.mark_rows(verdict))
    show(*words.pair_sentences(verdict))
    for what, value in words.audit_rows(verdict):
        show(f"  {what}: {value}")
