"""`isotopes check ISOTOPE --target T --probes FOLDER`: was this model trained on my pictures?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.passphrase import PassphraseFileOption, VaultOption, open_vault
from isotopes.cli.terminal import count_files, messages
from isotopes.errors import FolderError
from isotopes.report import words, write_page
from isotopes.targets import open_target
from isotopes.verify import Outcome, Plan, Verdict, methods
from isotopes.verify.statistic import STATISTICS
from isotopes.verify.terms import DEFAULT_METHOD
from isotopes.workflows.checking import Terms
from isotopes.workflows.checking import check as run_check
from isotopes.workflows.probes import ProbeFolder

# With --exit-code, in the manner of `git diff`; 2 and 4 are taken by errors.
EXIT_CODES = {Outcome.NOT_DETECTED: 0, Outcome.DETECTED: 1, Outcome.INCONCLUSIVE: 3}


def check(
    isotope: Annotated[str, typer.Argument(help="the isotope's name in the vault")],
    target: Annotated[
        str, typer.Option(help="the model: MODEL.onnx, ENDPOINT.toml, module:function or KIND:...")
    ],
    probes: Annotated[
        Path, typer.Option(help="pictures of the model's domain; sub-folders may name labels")
    ],
    label: Annotated[
        str | None,
        typer.Option(help="the label to test (default: the committed one, else all are searched)"),
    ] = None,
    any_label: Annotated[
        bool, typer.Option("--any-label", help="search all labels even where one is committed")
    ] = False,
    method: Annotated[
        str, typer.Option(help=f"the test: {', '.join(sorted(methods()))}")
    ] = DEFAULT_METHOD,
    statistic: Annotated[
        str | None, typer.Option(help=f"{', '.join(STATISTICS)} (default: as committed)")
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(help="the most that the chance of accusing an innocent model may be"),
    ] = None,
    decoys: Annotated[int | None, typer.Option(help="how many decoys to ask")] = None,
    probes_count: Annotated[
        int | None, typer.Option(help="how many probes to use; paired-t: in each round")
    ] = None,
    assume_exchangeable: Annotated[
        bool,
        typer.Option("--assume-exchangeable", help="take a mark that you picked as if drawn"),
    ] = False,
    answers: Annotated[
        Path | None, typer.Option(help="keep plan and answers in this file, and go on from it")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="write the verdict as an HTML page")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the verdict as JSON")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="exit with 1 if detected, 3 if inconclusive")
    ] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Was this model trained on pictures that carry this isotope's mark?

    The model is asked about your probes with the mark and with decoys that were drawn along with
    it. To a model that never saw the mark it is one of many, and the answer says how likely that
    is.
    """
    terms = Terms(
        method=method,
        label=label,
        any_label=any_label,
        statistic=statistic,
        level=level,
        decoys=decoys,
        probes=probes_count,
        assume_exchangeable=assume_exchangeable,
    )
    if report is not None and report.exists():
        raise FolderError(f"{report} is there already", hint="name another file for the report")
    with open_vault(vault, passphrase_file) as opened:
        kept = opened.get(isotope)
    model = open_target(target)
    try:
        with count_files("asking") as progress:
            verdict = run_check(
                kept,
                model,
                ProbeFolder(probes),
                terms,
                announce=_announce,
                progress=lambda done, total: progress(done, total, ""),
                answers_path=answers,
            )
    finally:
        model.close()
    _show(verdict, as_json)
    if report is not None:
        write_page(verdict, report)
    if exit_code:
        raise typer.Exit(EXIT_CODES[verdict.verdict])


def _announce(plan: Plan) -> None:
    messages.print(f"plan {plan.hash}")


def _show(verdict: Verdict, as_json: bool) -> None:
    for warning in verdict.warnings:
        messages.print(f"warning: {warning}")
    if as_json:
        typer.echo(json.dumps(verdict.to_dict(), indent=2, ensure_ascii=False))
        return
    typer.echo(str(verdict))
    for what, value in words.evidence_rows(verdict) + words.effort_rows(verdict):
        typer.echo(f"  {what}: {value}")
