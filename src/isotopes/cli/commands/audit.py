"""`isotopes audit ISOTOPE... --target T`: many marks against one model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import asking, stop_if_cut_short, tell_plan
from isotopes.cli.options.asking import AskingOptions, TargetOption
from isotopes.cli.options.audits import AuditOptions, ChoiceOptions
from isotopes.cli.options.engines import EngineOptions
from isotopes.cli.options.groups import grouped
from isotopes.cli.options.pictures import MineOption, ProbesOption
from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.output.notes import tell_note_on_key
from isotopes.cli.output.reports import known_here
from isotopes.cli.output.verdicts import told_as_json
from isotopes.cli.passphrase import open_vault
from isotopes.cli.sweeping import sweep_and_show
from isotopes.cli.terminal import show, show_table
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.vault import Isotope
    from isotopes.verify.verdicts.audit import AuditVerdict
    from isotopes.workflows.checking.choosing import NamedPictures

KEEPING = "--journal FILE or --keep FOLDER"


@grouped
def audit(
    target: TargetOption,
    *,
    probes: ProbesOption = None,
    mine: MineOption = None,
    choice: ChoiceOptions,
    options: AuditOptions,
    asked: AskingOptions,
    engines: EngineOptions,
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
    are judged together. With --probes, the model is asked about other people's pictures, with each
    mark and with decoys that all marks share.
    """
    from isotopes.cli.own_audit import audit_own, show_own_audit, with_own_pictures
    from isotopes.report.pages.audit import MATRIX
    from isotopes.report.pages.render import check_report
    from isotopes.workflows.checking.probes import ProbeFolder
    from isotopes.workflows.checking.published import Published
    from isotopes.workflows.opening import open_model

    _check_one_kind(options, probes, mine)
    options.check_sweep(probes, keep, report, engines)
    if report is not None:
        check_report(report, *([] if probes is None else [MATRIX]))
    with open_vault(vault, passphrase_file) as opened:
        isotopes = choice.isotopes_of(opened)
        owned = [] if probes is not None else with_own_pictures(opened, isotopes, mine)
        searched = probes is not None and not options.sweep
        files = [one for made in isotopes for one in opened.files(made.name)] if searched else []
    model = open_model(target)
    if probes is None:
        found = audit_own(owned, model, options, asked, keep, named=mine is not None)
        show_own_audit(found, as_json, report, vault)
    elif options.sweep and keep is not None:
        sweep_and_show(
            isotopes, model, probes, options.terms, asked, engines, keep, as_json=as_json
        )
    else:
        theirs = ProbeFolder(probes, Published.among(files))
        verdict = _audit_others(isotopes, model, theirs, options, asked, keep)
        _show(verdict, as_json)
        stop_if_cut_short(verdict.cut_short, model, asked.journal, keep, KEEPING)
        _write(verdict, report, vault)


def _audit_others(
    isotopes: Sequence[Isotope],
    model: Target,
    probes: NamedPictures,
    options: AuditOptions,
    asked: AskingOptions,
    keep: Path | None,
) -> AuditVerdict:
    """The audit with other people's pictures; the model is closed afterwards."""
    from isotopes.workflows.auditing import audit_isotopes

    with asking(model, yes=asked.yes, planned=tell_plan) as hooks:
        return audit_isotopes(
            isotopes,
            model,
            probes,
            options.terms,
            care=asked.care,
            hooks=hooks,
            kept=keep,
        )


def _write(verdict: AuditVerdict, report: Path | None, vault: str | None) -> None:
    from isotopes.report.pages.audit import write_audit

    if report is None:
        return
    write_audit(verdict, report, known_here(vault, verdict.commitments, verdict.plan_hash))


def _check_one_kind(options: AuditOptions, probes: Path | None, mine: Path | None) -> None:
    """Raise IsotopesError if an option is given that has no effect."""
    if probes is None:
        options.check_own()
    elif mine is not None:
        raise IsotopesError(
            "an audit asks about other people's pictures or your own, got --probes and --mine",
            hint="run one audit with each",
        )


def _show(verdict: AuditVerdict, as_json: bool) -> None:
    from isotopes.report import audit_words as words
    from isotopes.report.sentences import audit_sentence, warnings

    if told_as_json(verdict, warnings(verdict), as_json, indent=None):
        return
    show(audit_sentence(verdict))
    tell_note_on_key(verdict.beacons)
    if verdict.found is not None:
        show_table(words.HEAD, words.mark_rows(verdict))
    show(*words.pair_sentences(verdict))
    for what, value in words.audit_rows(verdict):
        show(f"  {what}: {value}")
