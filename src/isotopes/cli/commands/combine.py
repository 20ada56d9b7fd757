"""`isotopes combine VERDICT...`: several isotopes, or several models, judged together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.commands.check import EXIT_CODES, show_verdict
from isotopes.cli.notes import tell_note_on_key
from isotopes.cli.terminal import show, show_json, show_table, tell
from isotopes.cli.terms import ExchangeableOption
from isotopes.errors import PlanError
from isotopes.report.sentences import combined_sentence, combined_warnings
from isotopes.stats.effect import Effect
from isotopes.verify.verdicts.combined import (
    CombinedVerdict,
    JointCheck,
    combine_verdicts,
    load_verdict,
)

NAMES = ("isotope", "model", "label")
FIGURES = ("p", "p adjusted", "detected", "effect (95 % interval)")


def combine(
    verdicts: Annotated[
        list[Path],
        typer.Argument(help="what `check --json` printed, or the .npz files of `check --keep`"),
    ],
    level: Annotated[
        float | None,
        typer.Option(
            help="the most that the chance of accusing innocent models may be"
            " (default: the smallest of the checks' levels)"
        ),
    ] = None,
    assume_exchangeable: ExchangeableOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the outcome as JSON")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="exit with 1 if detected, 3 if inconclusive")
    ] = False,
) -> None:
    """Was any of several marks learned, or one mark by any of several models, and which?

    Give all checks that were made, not those that turned out well. Of one alone the verdict is
    shown as it is.

    Each p-value is worked out again from its scores. That the scores are a model's, no file proves:
    only asking the model again does.
    """
    loaded = [load_verdict(path) for path in verdicts]
    for path in verdicts:
        if path.suffix.lower() == ".npz":
            tell(f"note: no model was asked whether the answers in {path} are its own")
    if len(loaded) == 1:
        if level is not None or assume_exchangeable:
            raise PlanError(
                "a verdict alone is shown as it is, got --level or --assume-exchangeable",
                hint="leave that out, or check the model again with it",
            )
        show_verdict(loaded[0], as_json)
        outcome = loaded[0].verdict
    else:
        found = combine_verdicts(loaded, level=level, assume_exchangeable=assume_exchangeable)
        _show(found, as_json)
        outcome = found.verdict
    if exit_code:
        raise typer.Exit(EXIT_CODES[outcome])


def _show(found: CombinedVerdict, as_json: bool) -> None:
    for warning in combined_warnings(found):
        tell(f"warning: {warning}")
    if as_json:
        show_json(found.to_dict())
        return
    show(combined_sentence(found))
    tell_note_on_key([check.beacon for check in found.checks])
    show_table((*NAMES, *FIGURES), map(_row, found.checks), unbroken=FIGURES)
    show(f"  of those called detected, at most {found.level:g} are wrong on average")


def _row(check: JointCheck) -> tuple[str, ...]:
    return (
        check.isotope,
        check.target,
        check.label or "",
        "none" if check.pvalue is None else f"{check.pvalue:.3g}",
        f"{check.adjusted:.3g}",
        "yes" if check.detected else "no",
        _effect(check.effect),
    )


def _effect(effect: Effect | None) -> str:
    if effect is None:
        return ""
    if effect.low is None or effect.high is None:
        return f"{effect.difference:+.3g}"
    return f"{effect.difference:+.3g} ({effect.low:+.3g} to {effect.high:+.3g})"
