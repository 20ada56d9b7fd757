"""`isotopes check ISOTOPE --target T --probes FOLDER`: was this model trained on my pictures?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import (
    BudgetOption,
    JournalOption,
    KeepOption,
    MaxCostOption,
    OptionalTargetOption,
    PriceOption,
    YesOption,
    confirmer,
    stop_if_cut_short,
    tell_recheck,
)
from isotopes.cli.notes import tell_note_on_key
from isotopes.cli.passphrase import PassphraseFileOption, VaultOption, open_vault
from isotopes.cli.pictures import (
    MineOption,
    NotMineOption,
    ProbesOption,
    PublishedOption,
    announce_pictures,
)
from isotopes.cli.reports import ReportOption, ShowMarkOption, known_here
from isotopes.cli.terminal import count_files, show, show_json, tell
from isotopes.cli.terms import (
    AmongOption,
    AnyLabelOption,
    DecoysOption,
    ExchangeableOption,
    ForgiveOption,
    IsotopeArgument,
    LabelOption,
    LevelOption,
    MethodOption,
    ProbesCountOption,
    StatisticOption,
    ThoroughOption,
)
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.verify import Verdict

# With --exit-code, in the manner of `git diff`; 2 and 4 are taken by errors.
EXIT_CODES = {"not detected": 0, "detected": 1, "inconclusive": 3}


def check(
    isotope: IsotopeArgument,
    probes: ProbesOption = None,
    mine: MineOption = None,
    not_mine: NotMineOption = False,
    published: PublishedOption = None,
    target: OptionalTargetOption = None,
    answers: Annotated[
        Path | None,
        typer.Option(help="instead of a model: answers got elsewhere, .jsonl, .csv or .parquet"),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="with --answers: the key file of the exported queries")
    ] = None,
    label: LabelOption = None,
    any_label: AnyLabelOption = False,
    among: AmongOption = None,
    method: MethodOption = None,
    statistic: StatisticOption = None,
    level: LevelOption = None,
    decoys: DecoysOption = None,
    probes_count: ProbesCountOption = None,
    forgive: ForgiveOption = None,
    thorough: ThoroughOption = False,
    assume_exchangeable: ExchangeableOption = False,
    journal: JournalOption = None,
    budget: BudgetOption = None,
    max_cost: MaxCostOption = None,
    price: PriceOption = None,
    yes: YesOption = False,
    keep: KeepOption = None,
    report: ReportOption = None,
    show_mark: ShowMarkOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the verdict as JSON")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="exit with 1 if detected, 3 if inconclusive")
    ] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Was this model trained on pictures that carry this isotope's mark?

    The model is asked about pictures with the mark and with decoys that were drawn along with it:
    your own pictures, other people's (--probes), or both. To a model that never saw the mark it is
    one of many, and the answer says how likely that is.
    """
    from isotopes.report import write_page
    from isotopes.report.pages.render import check_report
    from isotopes.workflows.checking.drafting import Terms
    from isotopes.workflows.checking.guarding import Care
    from isotopes.workflows.checking.pictures import find_pictures
    from isotopes.workflows.checking.run import check_model as run_check

    terms = Terms(
        method=method,
        label=label,
        any_label=any_label,
        candidates=tuple(among or ()),
        statistic=statistic,
        level=level,
        decoys=decoys,
        probes=probes_count,
        forgive=forgive,
        thorough=thorough,
        assume_exchangeable=assume_exchangeable,
    )
    if report is not None:
        check_report(report)
    with open_vault(vault, passphrase_file) as opened:
        kept = opened.get(isotope)
        pictures, own = find_pictures(
            opened, kept, probes, mine, not_mine=not_mine, published=published
        )
    model = _open(target, answers, key)
    try:
        with count_files("asking") as progress:
            verdict = run_check(
                kept,
                model,
                pictures,
                terms,
                own=own,
                care=Care(journal, budget, max_cost, price),
                announce=lambda plan: announce_pictures(plan, model),
                estimated=confirmer(model, yes),
                rechecked=tell_recheck,
                progress=lambda done, total: progress(done, total, ""),
                answers_path=keep,
            )
    finally:
        model.close()
    show_verdict(verdict, as_json)
    stop_if_cut_short(verdict.cut_short, model, journal, keep, "--journal FILE or --keep FILE")
    if report is not None:
        known = known_here(
            vault,
            [verdict.commitment],
            plan_hash=verdict.plan_hash,
            shown=kept if show_mark else None,
        )
        write_page(verdict, report, known)
    if exit_code:
        raise typer.Exit(EXIT_CODES[verdict.verdict])


def _open(target: str | None, answers: Path | None, key: Path | None) -> Target:
    from isotopes.targets import open_target
    from isotopes.targets.kinds.saved import Saved

    if (target is None) == (answers is None):
        raise IsotopesError(
            "a check needs either a model or its answers", hint="give --target, or --answers"
        )
    if answers is not None:
        return Saved(answers, key)
    if key is not None:
        raise IsotopesError("a key file goes with answers got elsewhere", hint="give --answers too")
    assert target is not None
    return open_target(target)


def show_verdict(verdict: Verdict, as_json: bool) -> None:
    """Warnings to stderr; the verdict in words or as JSON to stdout."""
    from isotopes.report import sentence, words
    from isotopes.report.sentences import warnings

    for warning in warnings(verdict):
        tell(f"warning: {warning}")
    if as_json:
        show_json(verdict.to_dict())
        return
    show(sentence(verdict))
    tell_note_on_key([verdict.beacon])
    for what, value in words.evidence_rows(verdict) + words.effort_rows(verdict):
        show(f"  {what}: {value}")
