"""`isotopes`: the commands. How each of them ends is the business of `cli/failures.py`."""

from __future__ import annotations

from collections.abc import Sequence
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
from isotopes.cli.failures import tell_error
from isotopes.cli.terminal import show, tell_text

# Typer brings a Click of its own and doesn't export this class.
UsageError: type[BaseException] = typer.BadParameter.__mro__[1]


class _PassOn(Exception):  # noqa: N818
    """Carries an exception past Typer, which would turn it into an exit code of its own."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class _Commands(TyperGroup):
    """All commands.

    Typer ends with 1 at a broken pipe or at an EOFError, which it takes for a person's Ctrl-D, and
    at Ctrl-C without a word.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (EOFError, KeyboardInterrupt, OSError) as error:
            raise _PassOn(error) from None


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
        show(__version__)
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


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of this process); the exit code.

    Raises:
        IsotopesError: what was asked can't be done.
        KeyboardInterrupt, OutputClosed: as they are.
    """
    try:
        return int(app(words, standalone_mode=False) or 0)
    except _PassOn as passed:
        raise passed.error from None
    except UsageError as error:
        return _tell_usage(error)


def _tell_usage(error: Any) -> int:
    """What is wrong with the command line itself, and where help is."""
    message = error.format_message()
    if error.ctx is None:
        tell_error(message)
    elif message == error.ctx.get_help():  # nothing was given, so this is no error to explain
        tell_text(message)
    else:
        tell_error(message, hint=f"{error.ctx.command_path} --help")
    return int(error.exit_code)
