"""`isotopes combine VERDICT...`: several isotopes, or several models, judged together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.options.terms import ExchangeableOption
from isotopes.cli.options.vault import VaultOption
from isotopes.cli.options.verdicts import ReportOption
from isotopes.cli.output.reports import known_here
from isotopes.cli.output.verdicts import EXIT_CODES, show_check, show_combined
from isotopes.cli.terminal import tell
from isotopes.errors import PlanError

if TYPE_CHECKING:
    pass


def combine(
    verdicts: Annotated[
        list[Path],
        typer.Argument(help="what `check --json` printed, or the .npz files of `check --keep`"),
    ],
    level: Annotated[
        float | None,
        typer.Option(
            help="maximum chance of accusing innocent models"
            " (default: the smallest of the checks' levels)"
        ),
    ] = None,
    assume_exchangeable: ExchangeableOption = False,
    report: ReportOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the outcome as JSON")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="exit with 1 if detected, 3 if inconclusive")
    ] = False,
    vault: VaultOption = None,
) -> None:
    """Did a model learn any of several marks, or any of several models one mark, and which?

    Give all checks that were made, not only those that turned out well. A single verdict is shown
    as it is.

    Each p-value is recomputed from its scores. No file proves that the scores are a model's own:
    only asking the model again does.
    """
    from isotopes.report import write_page
    from isotopes.report.pages.render import check_report
    from isotopes.verify.verdicts.combined import combine_verdicts
    from isotopes.verify.verdicts.loading import load_verdict

    if report is not None:
        check_report(report)
    loaded = [load_verdict(path) for path in verdicts]
    for path in verdicts:
        if path.suffix.lower() == ".npz":
            tell(f"note: no model was asked whether the answers in {path} are its own")
    found = None
    if len(loaded) == 1:
        if level is not None or assume_exchangeable:
            raise PlanError(
                "a single verdict is shown as it is, got --level or --assume-exchangeable",
                hint="leave that out, or check the model again with it",
            )
        show_check(loaded[0], as_json)
    else:
        found = combine_verdicts(loaded, level=level, assume_exchangeable=assume_exchangeable)
        show_combined(found, as_json)
    judged = loaded[0] if found is None else found
    if report is not None:
        write_page(judged, report, known_here(vault, [one.commitment for one in loaded]))
    if exit_code:
        raise typer.Exit(EXIT_CODES[judged.verdict])
