"""Reads JSON from untrusted sources: one value, or one error."""

from __future__ import annotations

import codecs
import json
import math
from typing import Any

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_json(data: bytes | str) -> Any:
    """The value in `data`.

    Stricter than `json.loads`: a field must not be given twice (one reader would take the first
    and another the last), numbers must be finite, and every text must be valid Unicode, so that it
    can be written again. UTF-16 is read too if it says so, because PowerShell's ``>`` writes it.

    Raises:
        ValueError: anything else; the message says what.

    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
        ...
    ValueError: the field 'a' is given twice
    """
    text = data.decode(encoding_of(data)) if isinstance(data, bytes) else data
    if not text.strip():
        raise ValueError("it is empty")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_distinct,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # half a character is a UnicodeEncodeError
    return value


def encoding_of(start: bytes) -> str:
    """How a text is written whose first bytes are these: UTF-8, or UTF-16 if it says so."""
    return "utf-16" if start.startswith(_UTF16) else "utf-8-sig"


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} is given twice")
    return found


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number
