"""`isotopes audit ISOTOPE... --target T`: many marks against one model."""

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
from isotopes.cli.pictures import ProbesOption
from isotopes.cli.reports import known_here
from isotopes.cli.terminal import count_files, show, show_json, show_table, tell
from isotopes.defaults import STATISTIC_NAMES
from isotopes.errors import IsotopesError
from isotopes.workflows.audit_terms import AuditTerms

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.vault import Isotope, Vault
    from isotopes.verify.verdicts.audit import AuditVerdict
    from isotopes.workflows.checking.guarding import Care

USUAL = AuditTerms()


def audit(
    context: typer.Context,
    target: TargetOption,
    probes: ProbesOption = None,
    mine: Annotated[
        Path | None,
        typer.Option(help="the originals of the marked pictures (default: where they were marked)"),
    ] = None,
    isotopes: Annotated[
        list[str] | None, typer.Argument(help="the isotopes' names in the vault")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="all isotopes of the vault")] = False,
    family: Annotated[str | None, typer.Option(help="of these, only marks of this family")] = None,
    alpha: Annotated[
        float | None, typer.Option(help="of these, only marks of this visibility")
    ] = None,
    statistic: Annotated[
        str, typer.Option(help=f"--probes: {', '.join(STATISTIC_NAMES)}")
    ] = USUAL.statistic,
    probes_count: Annotated[
        int, typer.Option(min=1, help="--probes: how many to use")
    ] = USUAL.probes,
    decoys: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"--probes: how many decoys for all marks together (default: {USUAL.decoys});"
            " else for each mark (default: all committed)",
        ),
    ] = None,
    discovery_level: Annotated[
        float, typer.Option(help="of the marks called attributed, the share that may be wrong")
    ] = USUAL.discovery_level,
    level: Annotated[
        float, typer.Option(help="--probes: lambda of V and V_D, and the level of each claim")
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

    By default every mark is checked with its owner's own pictures, as `check` does it, and then all
    are judged together. With --probes, other people's pictures are asked: each mark once, and so
    are decoys that serve all of them.
    """
    from isotopes.cli.own_audit import Asking, run_own_audit, show_own_audit, with_own_pictures
    from isotopes.report.pages.audit import MATRIX
    from isotopes.report.pages.render import check_report
    from isotopes.targets import open_target
    from isotopes.workflows.checking.guarding import Care

    _check_one_kind(context, probes, mine)
    if report is not None:
        check_report(report, *([] if probes is None else [MATRIX]))
    with open_vault(vault, passphrase_file) as opened:
        chosen = _chosen(opened, isotopes or [], every, family, alpha)
        owned = [] if probes is not None else with_own_pictures(opened, chosen, mine)
    care = Care(journal, budget, max_cost, price)
    model = open_target(target)
    try:
        if probes is None:
            asking = Asking(care, yes, keep)
            found = run_own_audit(owned, model, decoys, discovery_level, asking)
            show_own_audit(found, as_json, report, vault)
            return
        terms = AuditTerms(
            statistic=statistic,
            probes=probes_count,
            decoys=USUAL.decoys if decoys is None else decoys,
            level=level,
            discovery_level=discovery_level,
        )
        verdict = _ask(chosen, model, probes, terms, care, yes, keep)
    finally:
        model.close()
    _show(verdict, as_json)
    stop_if_cut_short(verdict.cut_short, model, journal, keep, "--journal FILE or --keep FOLDER")
    if report is not None:
        from isotopes.report.pages.audit import write_audit

        known = known_here(vault, verdict.commitments, plan_hash=verdict.plan_hash)
        write_audit(verdict, report, known)


def _check_one_kind(context: typer.Context, probes: Path | None, mine: Path | None) -> None:
    """No silent option: what own pictures don't take is said."""
    if probes is not None and mine is not None:
        raise IsotopesError(
            "an audit asks other people's pictures or your own, got --probes and --mine",
            hint="run one audit with each",
        )
    if probes is None:
        usual = {"statistic": USUAL.statistic, "probes_count": USUAL.probes, "level": USUAL.level}
        for name, value in usual.items():
            if context.params[name] != value:
                raise IsotopesError(
                    f"--{name.replace('_', '-')} belongs to an audit with other people's pictures",
                    hint="give --probes FOLDER, or leave it out",
                )


def _ask(
    isotopes: Sequence[Isotope],
    model: Target,
    probes: Path,
    terms: AuditTerms,
    care: Care,
    yes: bool,
    keep: Path | None,
) -> AuditVerdict:
    from isotopes.workflows.auditing import audit_isotopes
    from isotopes.workflows.checking.probes import ProbeFolder

    with count_files("asking") as progress:
        return audit_isotopes(
            isotopes,
            model,
            ProbeFolder(probes),
            terms,
            care=care,
            announce=lambda plan: tell(f"plan {plan.hash}"),
            estimated=confirmer(model, yes),
            rechecked=tell_recheck,
            progress=lambda done, total: progress(done, total, ""),
            kept=keep,
        )


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
