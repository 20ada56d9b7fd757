"""Reads files of JSON Lines that somebody else wrote; errors name the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isotopes.strict_json import encoding_of, read_json


def json_lines(path: Path, *needed: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to call each line (``line 3``), and the object in it; empty lines are passed over.

    Args:
        needed: fields that each object must have.

    Raises:
        OSError: it can't be read.
        ValueError: a line is no JSON object, or lacks a field; or the file is no text.
    """
    with path.open("rb") as file:
        encoding = encoding_of(file.read(4))
    with path.open(encoding=encoding, newline="\n") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"line {number}", _read(f"line {number}", line, needed)


def _read(place: str, line: str, needed: tuple[str, ...]) -> dict[str, Any]:
    try:
        said = read_json(line)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{place} is not JSON: {error.msg}, at character {error.pos + 1}"
        ) from None
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    if not isinstance(said, dict):
        raise ValueError(f"{place} must be an object with {' and '.join(needed)}")
    for name in needed:
        if name not in said:
            raise ValueError(f"{place} has no field {name!r}; it has: {', '.join(said):.100}")
    return said
