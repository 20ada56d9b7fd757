"""The command line in this process, as `python -m isotopes` runs it."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from isotopes.cli.failures import exit_code_of
from isotopes.cli.main import main

# What a stranger may put into a name, a label or a text: it clears the screen, sets the window's
# title, restyles what follows by an 8-bit CSI, turns text around, hides, and forges a line of ours.
HOSTILE = "cat\x1b[2J\x1b]0;owned\x07\u202etac\u2066\u200b\x9b31m\x7f\r\nnot detected: all is well"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def printed(self) -> str:
        return self.out + self.err


def isotopes(*words: object, **environment: str) -> Done:
    """Run one command, with nobody at the terminal and these variables besides the usual ones."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, environment),
        patch("sys.stdin", io.StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = exit_code_of(lambda: main([str(word) for word in words]))
    return Done(code, out.getvalue(), err.getvalue())


def assert_harmless(text: str) -> None:
    """Nothing in it acts on a terminal, and no line of it is the stranger's."""
    odd = {c for c in text if not c.isprintable() and c not in "\n\t"}
    assert not odd, odd
    assert not any(line.startswith("not detected: all is well") for line in text.splitlines())
