"""What all commands share on a terminal: data goes to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

# Rich honours NO_COLOR and leaves out colours and animation off a terminal by itself. Names of
# files and labels are data: nothing in them is markup or an emoji.
console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
messages = Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True)


def somebody_answers() -> bool:
    """Is there a person who can be asked something?"""
    return sys.stdin.isatty()


@contextmanager
def count_files(doing: str) -> Iterator[Callable[[float, int, str], None]]:
    """A bar on stderr, drawn only on a terminal; call what it gives with done, total and name."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=messages, disable=not messages.is_terminal)
    task = bar.add_task(doing, total=None)

    def count(done: float, total: int, name: str) -> None:
        bar.start()  # not earlier: the person may be asked something first
        bar.update(task, completed=done, total=total)

    try:
        yield count
    finally:
        bar.stop()
