"""The parts of hints: the name that was probably meant, and commands to paste into a shell."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Sequence

_CLOSE = 0.6  # out of 1: difflib's own measure and default
_MOST = 50_000  # names that are compared: a few tenths of a second
_SHOWN = 8


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` may be a misspelling of; None if none is close.

    >>> nearest("Holliday", ["holiday", "wedding"])
    'holiday'
    """
    folded = {one.casefold(): one for one in reversed(list(known)[:_MOST])}
    close = difflib.get_close_matches(name[:200].casefold(), folded, 1, _CLOSE)
    return folded[close[0]] if close else None


def choose(name: str, known: Sequence[str], *, form: str = "{}", all_of_them: bool = True) -> str:
    """A hint for somebody who typed `name` where one of the known ones is expected.

    Args:
        form: how a name is written, as in ``{}:...``.
        all_of_them: list every known name, not just the first few.

    >>> choose("probabilty", ["probability", "log-odds"])
    'did you mean probability? choose one of: probability, log-odds'
    """
    near = nearest(name, known)
    meant = "" if near is None else f"did you mean {form.format(near)}? "
    shown = known if all_of_them else known[:_SHOWN]
    more = ", ..." if len(shown) < len(known) else ""
    return f"{meant}choose one of: {', '.join(form.format(one) for one in shown)}{more}"


def quoted(value: object) -> str:
    """A value from outside as one word of a POSIX shell."""
    return shlex.quote(str(value))


def command(words: str, *values: object, vault: str | None = None) -> str:
    """A command line of ours, with values from outside quoted for a POSIX shell.

    Args:
        words: what follows ``isotopes``, with ``{}`` for each value.
        vault: what the person gave as --vault, which the next command needs too.

    >>> command("vault receipt {} --out receipt.json", "my trip; rm -rf ~")
    "isotopes vault receipt 'my trip; rm -rf ~' --out receipt.json"
    """
    line = f"isotopes {words.format(*(quoted(value) for value in values))}"
    return line if vault is None else f"{line} --vault {quoted(vault)}"
