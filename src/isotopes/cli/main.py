"""`isotopes`: the commands, and the one place where errors become words and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from isotopes import __version__
from isotopes.cli.commands import (
    audit,
    check,
    combine,
    demo,
    export_queries,
    faces,
    fake,
    lab,
    mark,
    plan,
    preview,
    targets,
    vault,
)
from isotopes.errors import IsotopesError

INTERRUPTED = 130  # the shell's code for Ctrl-C


class _Commands(TyperGroup):
    """All commands: Ctrl-C ends each of them with a word, where Typer would end it with none."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("interrupted; run the same command again to go on", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="isotopes",
    cls=_Commands,
    help="Was this model trained on my pictures? Mark them before posting, test the model later.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("mark")(mark.mark)
app.command("preview")(preview.preview)
app.command("plan")(plan.plan)
app.command("check")(check.check)
app.command("combine")(combine.combine)
app.command("audit")(audit.audit)
app.command("export-queries")(export_queries.export_queries)
app.command("targets")(targets.targets)
app.command("fake")(fake.fake)
app.command("demo")(demo.demo)
app.add_typer(vault.app, name="vault")
app.add_typer(faces.app, name="faces")
app.add_typer(lab.app, name="lab")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="print the version and stop", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """What every command shares."""


def main() -> None:
    """Run the command line: library errors are told in words, never as a traceback."""
    try:
        app()
    except IsotopesError as error:
        typer.echo(f"error: {error}", err=True)
        if error.hint:
            typer.echo(f"hint: {error.hint}", err=True)
        sys.exit(error.exit_code)
