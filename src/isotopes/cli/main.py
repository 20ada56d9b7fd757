"""`isotopes`: the commands. `cli/failures.py` turns their errors into exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from isotopes import __version__
from isotopes.cli.failures import tell_error
from isotopes.cli.lazy import Lazy, LazyGroup
from isotopes.cli.terminal import show, tell_text


def _lazy(file: str, summary: str, *, checks: bool = False) -> Lazy:
    return Lazy(f"isotopes.cli.commands.{file}", summary, checks)


COMMANDS = {
    "mark": _lazy("mark", "put a secret mark into a folder's pictures"),
    "preview": _lazy("before_marking.preview", "see what marks would look like in your pictures"),
    "robustness": _lazy("before_marking.robustness", "does a mark survive sites?", checks=True),
    "plan": _lazy(
        "before_marking.plan", "how likely is a check to find a mark, at what cost?", checks=True
    ),
    "check": _lazy("check", "was this model trained on the marked pictures?", checks=True),
    "combine": _lazy("combine", "judge several checks together", checks=True),
    "audit": _lazy("audit", "test one model for many marks at once", checks=True),
    "evidence": _lazy("claims.evidence", "put all parts of a check into one file", checks=True),
    "verify-evidence": _lazy("claims.verify_evidence", "check each part of that file", checks=True),
    "verify-claim": _lazy(
        "claims.verify_claim", "ask again: does somebody's claim stand?", checks=True
    ),
    "export-queries": _lazy("export_queries", "have somebody else ask the model", checks=True),
    "targets": _lazy("targets", "list the kinds of models and services to ask", checks=True),
    "fake": _lazy("fake", "serve a model as a service would, to try things out", checks=True),
    "demo": _lazy("demo", "mark, train and check: see all of it work"),
    "app": _lazy("application", "mark, look and check in your browser", checks=True),
    "serve": _lazy("serve", "mark pictures at upload, for a site with many users"),
    "vault": _lazy("vault", "list, back up and move keys; prove when you marked"),
    "faces": _lazy("faces", "test face-search engines", checks=True),
    "lab": _lazy("lab", "repeat the paper's experiments, or run your own"),
}

# Typer vendors Click and doesn't export this class.
UsageError: type[BaseException] = typer.BadParameter.__mro__[1]


class _PassOn(Exception):  # noqa: N818
    """Carries an exception past Typer, which would turn it into an exit code of its own."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class _Commands(LazyGroup):
    """All commands.

    Typer exits with 1 at a broken pipe and at an EOFError, which it takes for Ctrl-D, and at Ctrl-C
    without a message.
    """

    lazy = COMMANDS

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
    """Run one command line (default: that of this process) and return the exit code.

    Raises:
        IsotopesError: the command can't be carried out.
        KeyboardInterrupt, OutputClosed: passed on.
    """
    try:
        return int(app(words, standalone_mode=False, prog_name="isotopes") or 0)
    except _PassOn as passed:
        raise passed.error from None
    except UsageError as error:
        return _tell_usage(error)


def _tell_usage(error: Any) -> int:
    """Print a usage error and where to find help; return the exit code."""
    message = error.format_message()
    if error.ctx is None:
        tell_error(message)
    elif message == error.ctx.get_help():  # called without arguments: not an error
        tell_text(message)
    else:
        tell_error(message, hint=f"{error.ctx.command_path} --help")
    return int(error.exit_code)
