"""Makes text from strangers safe to show: it can't act, hide characters or forge a line.

File names, labels, verdicts and answers come from people we don't know. An escape sequence in one
of them clears a terminal or restyles a verdict; a bidi override turns "not detected" around on a
page; a line feed forges a line of ours. Whatever is printed or put on a page goes through here.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

# Controls, formats (bidi overrides, zero-width characters, tags), surrogates (bytes of a file name
# that are not text), private use, unassigned, and Unicode's own line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class _Table(dict[int, str | None]):
    """What `str.translate` replaces, worked out for each character that turns up."""

    def __init__(self, write: Callable[[str], str], keep: str = "") -> None:
        super().__init__((ord(character), character) for character in keep)
        self._write = write

    def __missing__(self, code: int) -> str:
        character = chr(code)
        hidden = unicodedata.category(character) in _HIDDEN
        self[code] = found = self._write(character) if hidden else character
        return found


def _as_python(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _as_json(character: str) -> str:
    return json.dumps(character)[1:-1]


_LINE, _LINES = _Table(_as_python), _Table(_as_python, keep="\n")
_JSON = _Table(_as_json, keep="\n")  # between values; JSON allows no line feed inside a text


def escape(text: str) -> str:
    r"""`text` as one line in which every character is visible.

    Invisible characters become escapes, as ``\x1b`` or ``\u202e``. All others stay
    as they are, in any script.

    >>> escape("cat\x1b[2J\ndog")
    'cat\\x1b[2J\\ndog'
    """
    return text.translate(_LINE)


def escape_lines(text: str) -> str:
    """As `escape`, for our own text, whose line feeds are intended."""
    return text.translate(_LINES)


def shortened(text: str, longest: int) -> str:
    """`text` without its middle if it is longer than `longest` characters.

    >>> shortened("a" * 50 + "b" * 50, 20)
    'aaaaaaa ... bbbbbbbb'
    """
    if len(text) <= longest:
        return text
    kept = longest - 5
    return f"{text[: kept // 2]} ... {text[-(kept - kept // 2) :]}"


def json_text(value: object, *, indent: int | None = None, ascii_only: bool = False) -> str:
    r"""`value` as JSON that is safe to show; whoever parses it gets the same value.

    Args:
        indent: as for `json.dumps`.
        ascii_only: write every character outside ASCII as an escape, for streams that can hold
            only ASCII.

    >>> json_text(["caf\u00e9", "\u202ecat"])
    '["café", "\\u202ecat"]'
    """
    return json.dumps(value, indent=indent, ensure_ascii=ascii_only).translate(_JSON)
