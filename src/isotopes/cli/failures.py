"""Exit codes. Every error prints one line and exits with a code that no verdict uses.

    0, 1, 3   with --exit-code: not detected, detected, inconclusive; else 0 is success
    2         the command can't be carried out: wrong usage, a file that can't be read
    4         the target failed; the same command may resume later
    70        unexpected: a bug of ours, or of a dependency
    130       Ctrl-C
    141       the reader closed the pipe, as in `isotopes vault list | head`

A crash must never look like a verdict. Python, Click and Rich exit with 1 in such cases, which
--exit-code uses for "detected", so this module catches everything that they raise.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isotopes.cli import terminal
from isotopes.errors import IsotopesError
from isotopes.escaping import shortened

UNFORESEEN = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130
OUTPUT_CLOSED = 141
LONGEST = 2000  # characters of a message


def exit_code_of(command: Callable[[], int]) -> int:
    """Run `command`, report any error in words, and return the exit code."""
    try:
        code = _run(command)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is no verdict
        code = _tell_unforeseen(error)
    try:
        terminal.flush()
    except (terminal.OutputClosed, IsotopesError):  # reported already, as far as possible
        terminal.discard_output()
    return code


def _run(command: Callable[[], int]) -> int:
    try:
        with _everything_escaped():
            code = command()
            terminal.flush()
            return code
    except IsotopesError as error:
        tell_error(str(error), error.hint)
        return error.exit_code
    except terminal.OutputClosed:
        return OUTPUT_CLOSED
    except KeyboardInterrupt:
        terminal.tell("interrupted; run the same command again to go on")
        return INTERRUPTED


def tell_error(message: str, hint: str | None = None) -> None:
    """Print an error in words to stderr."""
    terminal.tell(f"error: {shortened(message, LONGEST)}")
    if hint:
        terminal.tell(f"hint: {shortened(hint, LONGEST)}")


def _tell_unforeseen(error: BaseException) -> int:
    with suppress(BaseException):  # without memory or stderr the exit code must do
        terminal.tell(f"error: {_in_words(error)}; {_keep_traceback(error)}")
    return UNFORESEEN


def _in_words(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    if isinstance(error, RecursionError):
        return "something in the input is nested too deeply"
    kind, text = type(error).__name__, str(error)
    said = f"{kind}: {shortened(text, LONGEST // 4)}" if text else kind
    return f"isotopes failed in a way that nobody foresaw ({said})"


def _keep_traceback(error: BaseException) -> str:
    """Write the traceback to a new private file; return where it is, in words."""
    lines = traceback.format_exception(error, limit=100)
    text = "\n".join([*_surroundings(), "".join(lines)])
    for folder in _folders():
        with suppress(OSError):
            return f"for a bug report: {_write_private(folder, text)}"
    return "no folder can be written to, so there is no traceback for a bug report"


def _folders() -> Iterator[Path]:
    import tempfile

    from platformdirs import user_log_path

    yield user_log_path("isotopes", appauthor=False)
    yield Path(tempfile.gettempdir())


def _write_private(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # Several crashes may fall into one second.
    path = folder / f"crash-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.txt"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


def _surroundings() -> list[str]:
    """Versions, command and option names for a bug report; option values may be secret."""
    import platform

    from isotopes import __version__

    words = (word.partition("=")[0] for word in sys.argv[1:])
    shown = [word for at, word in enumerate(words) if at == 0 or re.fullmatch("--[a-z-]+", word)]
    return [
        f"isotopes {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command and options (without values): {' '.join(shown)}",
    ]


class _Told(logging.Handler):
    """Prints the log records of libraries if nobody has set up logging."""

    def emit(self, record: logging.LogRecord) -> None:
        terminal.tell(f"{record.levelname.lower()}: {shortened(record.getMessage(), LONGEST)}")


@contextmanager
def _everything_escaped() -> Iterator[None]:
    """Escape what Python and libraries print by themselves: warnings, logs, stray errors."""
    kept = (
        warnings.showwarning,
        threading.excepthook,
        sys.unraisablehook,
        logging.lastResort,
    )
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def show_warning(message: Any, *_rest: Any, **_more: Any) -> None:
        terminal.warn(shortened(str(message), LONGEST))

    def show_unraisable(raised: Any) -> None:
        error = raised.exc_value
        terminal.warn(f"an error was passed over: {_in_words(error)}")

    warnings.showwarning = show_warning
    threading.excepthook = sys.unraisablehook = show_unraisable
    logging.lastResort = _Told(logging.WARNING)
    try:
        yield
    finally:
        (
            warnings.showwarning,
            threading.excepthook,
            sys.unraisablehook,
            logging.lastResort,
        ) = kept
