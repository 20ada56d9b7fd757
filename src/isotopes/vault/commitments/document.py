"""JSON documents from other people: exactly the expected fields, each once."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from isotopes.errors import ReceiptError
from isotopes.strict_json import read_json

DIGEST = re.compile("sha256:[0-9a-f]{64}")
TIME = "%Y-%m-%dT%H:%M:%SZ"


def read_document(
    kind: str, text: str | bytes, form: str, names: tuple[str, ...]
) -> dict[str, Any]:
    """The JSON object in `text`, with exactly these fields besides its format.

    Raises:
        ReceiptError: not JSON, another format, or other fields.
    """
    try:
        found = read_json(text)
    except ValueError as error:
        raise ReceiptError(f"this {kind} is not valid JSON: {error}") from None
    if not isinstance(found, dict) or found.get("format") != form:
        raise ReceiptError(f"this is no {kind}: its format must be {form}")
    if found.keys() != {"format", *names}:
        raise ReceiptError(
            f"a {kind} must hold {', '.join(names)} and nothing else,"
            f" got: {', '.join(sorted(found.keys() - {'format'})) or 'none of them'}"
        )
    return found


def is_digest(value: object) -> bool:
    """Is it ``sha256:`` and 64 hexadecimal digits?"""
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def is_time(value: object) -> bool:
    """Is it a time in UTC to the second, such as 2026-11-23T10:11:12Z?"""
    try:
        return isinstance(value, str) and datetime.strptime(value, TIME).strftime(TIME) == value
    except ValueError:
        return False
