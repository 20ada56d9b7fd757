"""The one place that prints: data goes to stdout, everything else to stderr, all of it escaped.

File names, labels and the texts of verdicts are data. By the time they reach a terminal, nothing in
them is markup, an emoji or a control sequence, and none of them begins a new line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, NoReturn, TextIO

from isotopes.errors import IsotopesError
from isotopes.escaping import escape, escape_lines, json_text

if TYPE_CHECKING:
    from rich.console import Console


NARROWEST, GAP = 10, 2  # of a table's column, and between two; characters


class OutputClosed(Exception):  # noqa: N818 - nothing went wrong: `| head` has seen enough
    """The reader of our output has closed it."""


@cache
def _console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Rich honours NO_COLOR and leaves out colours and animation off a terminal by itself.

    It is loaded when it is needed: most commands print plain lines.
    """
    from rich.console import Console

    class OurConsole(Console):
        def on_broken_pipe(self) -> NoReturn:
            # Rich would exit with 1, which --exit-code uses for "detected".
            raise OutputClosed

    return OurConsole(
        stderr=stderr, width=width, markup=False, emoji=False, highlight=False, soft_wrap=True
    )


def show(*lines: object, bold: bool = False) -> None:
    """Print data to stdout, each argument as one line."""
    if not bold:
        _write(sys.stdout, _lines(lines))
        return
    with _writing():
        for line in lines:
            _console().print(escape(str(line)), style="bold")


def show_json(value: object, *, indent: int | None = 2) -> None:
    """Print data to stdout as JSON."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    ascii_only = not encoding.lower().startswith("utf")
    _write(sys.stdout, [json_text(value, indent=indent, ascii_only=ascii_only), "\n"])


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[str] = (),
    unbroken: Sequence[str] = (),
) -> None:
    """Print data to stdout as a table.

    Args:
        columns: their headings.
        rows: a cell for each column.
        right: columns of numbers, which are aligned to the right.
        unbroken: columns whose cells are never broken into lines.
    """
    from rich.table import Table

    cells = [[escape(str(cell)) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(
            escape(name),
            justify="right" if name in right else "left",
            no_wrap=name in unbroken,
            # Never cut: names that differ at their ends would look the same.
            overflow="fold",
        )
    for row in cells:
        table.add_row(*row)
    least = sum(
        max(len(cell) for cell in (name, *(row[at] for row in cells)))
        if name in unbroken
        else NARROWEST
        for at, name in enumerate(columns)
    )
    with _writing():
        # On a narrower terminal, lines wrap: a figure that is cut would read as another one.
        least += GAP * len(columns)
        _console(width=least if least > _console().width else None).print(table)


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people at a terminal, tab-separated lines with a heading elsewhere."""
    if sys.stdout is not None and sys.stdout.isatty():
        show_table(columns, rows)
        return
    lines = (columns, *rows)
    _write(sys.stdout, ("\t".join(escape(str(cell)) for cell in row) + "\n" for row in lines))


def tell(*lines: object) -> None:
    """Print messages to stderr, each argument as one line."""
    _write(sys.stderr, _lines(lines))


def warn(warning: str, *more: object) -> None:
    """Print a warning to stderr, and more lines that belong to it. Only this says "warning: "."""
    tell(f"warning: {warning}", *more)


def tell_text(text: str) -> None:
    """Print one of our own texts, of several lines, to stderr."""
    _write(sys.stderr, [f"{escape_lines(text)}\n"])


def somebody_answers() -> bool:
    """Is there a person to ask?"""
    return sys.stdin is not None and sys.stdin.isatty()


def agreed(question: str) -> bool:
    """Does the person at the terminal say yes? Pressing Enter says no."""
    while True:
        _write(sys.stderr, [f"{escape(question)} [y/N]: "])
        answer = sys.stdin.readline()
        if not answer:  # Ctrl-D
            tell("")
        said = answer.strip().lower()
        if said in {"", "n", "no"}:
            return False
        if said in {"y", "yes"}:
            return True
        tell("please answer y or n")


@contextmanager
def count_files(
    doing: str, note: Callable[[], str] = str
) -> Iterator[Callable[[float, int, str], None]]:
    """A progress bar on stderr, only on a terminal; call what it yields with done, total, name.

    Args:
        note: gives what is shown beside `doing`, each time.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    messages = _console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=messages, disable=not messages.is_terminal)
    task = bar.add_task(escape(doing), total=None)

    def count(done: float, total: int, name: str) -> None:
        bar.start()  # not earlier: the person may be asked something first
        bar.update(task, completed=done, total=total, description=escape(doing + note()))

    try:
        yield count
    finally:
        bar.stop()


def flush() -> None:
    """Flush stdout and stderr.

    Raises:
        OutputClosed: the reader has closed it.
        IsotopesError: the output can't be written, for example because a disk is full.
    """
    for stream in (sys.stdout, sys.stderr):
        _write(stream, ())


def discard_output() -> None:
    """Drop unwritten output: Python would try again when it exits, and exit with 120."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or not a system stream
            os.dup2(nowhere, stream.fileno())


def _write(stream: TextIO | None, texts: Iterable[str]) -> None:
    """Write escaped texts; do nothing if the stream was closed from the start."""
    if stream is None:
        return
    with _writing():
        for text in texts:
            stream.write(text)
        stream.flush()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        raise IsotopesError(f"the output can't be written: {error.strerror or error}") from error


def _lines(values: Iterable[object]) -> Iterator[str]:
    return (f"{escape(str(value))}\n" for value in values)
