"""`isotopes check ISOTOPE --target T --probes FOLDER`: was this model trained on my pictures?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import asking, stop_if_cut_short
from isotopes.cli.generated import (
    GeneratedOption,
    check_pictures,
    refuse_beside_pictures,
    refuse_without_generator,
)
from isotopes.cli.options.asking import (
    AskingOptions,
    KeepOption,
    OptionalTargetOption,
)
from isotopes.cli.options.generators import GeneratorOptions
from isotopes.cli.options.groups import grouped
from isotopes.cli.options.pictures import PictureOptions
from isotopes.cli.options.terms import ForgiveOption, IsotopeArgument, TermOptions
from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.options.verdicts import (
    ExitCodeOption,
    ReportOption,
    ShowMarkOption,
    VerdictJsonOption,
)
from isotopes.cli.output.reports import write_report_page
from isotopes.cli.output.verdicts import leave, show_check
from isotopes.cli.own_shown import OwnPicturesShown
from isotopes.cli.passphrase import open_vault
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.targets import Target
    from isotopes.verify.verdicts.loading import CheckVerdict


KEEPING = "--journal FILE or --keep FILE"  # what a check can resume from


@dataclass(frozen=True)
class SourceOptions:
    """Where the answers come from: a model, or a file; or what a generator made."""

    target: OptionalTargetOption = None
    generated: GeneratedOption = None
    answers: Annotated[
        Path | None,
        typer.Option(
            help="instead of a model: answers got elsewhere, .jsonl, .csv or .parquet;"
            " embeddings as .jsonl or .npz"
        ),
    ] = None
    key: Annotated[
        Path | None, typer.Option(help="with --answers: the key file of the exported queries")
    ] = None

    def open(self) -> Target:
        """The model or the saved answers.

        Raises:
            IsotopesError: neither or both are given, or a key file without answers.
            TargetError: as `open_model`.
        """
        from isotopes.targets.kinds.saved import Saved
        from isotopes.workflows.opening import open_model

        if (self.target is None) == (self.answers is None):
            raise IsotopesError(
                "a check needs either a model or its answers", hint="give --target, or --answers"
            )
        if self.answers is not None:
            return Saved(self.answers, self.key)
        if self.key is not None:
            raise IsotopesError(
                "a key file goes with answers got elsewhere", hint="give --answers too"
            )
        return open_model(str(self.target))


@grouped
def check(
    isotope: IsotopeArgument,
    *,
    pictures: PictureOptions,
    source: SourceOptions,
    terms: TermOptions,
    forgive: ForgiveOption = None,
    asked: AskingOptions,
    wanted: GeneratorOptions,
    keep: KeepOption = None,
    report: ReportOption = None,
    show_mark: ShowMarkOption = False,
    as_json: VerdictJsonOption = False,
    exit_code: ExitCodeOption = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Was this model trained on pictures that carry this isotope's mark?

    The model is asked about pictures with the mark and with decoys that were drawn along with it:
    your own pictures, other people's (--probes), or both. To a model that never saw the mark it is
    just one of many. The p-value says how often such a model would look this guilty.

    With --pictures it looks for the mark in what a generator made, or makes when it is asked.
    """
    from isotopes.report.pages.render import check_report
    from isotopes.workflows.checking.run import check_model

    if report is not None:
        check_report(report)
    if source.generated is not None:
        options = (pictures, source, terms, asked, wanted)
        refuse_beside_pictures(source.generated, *options, forgive=forgive)
        with open_vault(vault, passphrase_file) as opened:
            kept, entries = opened.get(isotope), opened.files(isotope)
        given = (source.generated, wanted, asked, terms, keep)
        found: CheckVerdict = check_pictures(kept, entries, *given)
        show_check(found, as_json)
    else:
        refuse_without_generator(wanted)
        with open_vault(vault, passphrase_file) as opened:
            kept = opened.get(isotope)
            probes, own = pictures.find(opened, kept)
        model = source.open()
        shown = OwnPicturesShown(named=pictures.mine is not None)
        with asking(model, yes=asked.yes, planned=shown.announce, own=shown) as hooks:
            found = check_model(
                kept,
                model,
                probes,
                terms.terms(forgive=forgive),
                own=own,
                care=asked.care,
                hooks=hooks,
                answers_path=keep,
            )
        show_check(found, as_json)
        stop_if_cut_short(found.cut_short, model, asked.journal, keep, KEEPING)
    write_report_page(found, report, vault, kept if show_mark else None)
    leave(found, exit_code)
