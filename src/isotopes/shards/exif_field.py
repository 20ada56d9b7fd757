"""The metadata of a sample's picture that its description repeats.

img2dataset copies EXIF into the field `exif` of each sample's JSON, and into the column `exif` of
the shard's table: a JSON object in a text, from names of tags to texts. What has to leave the
picture must leave these too.
"""

from __future__ import annotations

import json
from typing import Any

from isotopes.photos import Strip
from isotopes.photos.metadata.position_text import names_position, tells_position

FIELD = "exif"


def without_exif(name: str, data: bytes, strip: Strip) -> bytes | None:
    """A part's text with each field `exif` in its JSON stripped; any other text as it is.

    Args:
        name: the member's extension, or the column.

    Returns:
        The text; None for JSON with such a field that can't be read.
    """
    if name == FIELD:
        return stripped_text(data.decode(), strip).encode()
    if FIELD.encode() not in data.lower():
        return data
    try:
        described = json.loads(data)  # leniently: many programs write NaN
        new = _stripped(described, strip)
    except (ValueError, RecursionError):
        return None if name == "json" else data
    if new == described:
        return data
    indent = 4 if b"\n" in data.strip() else None
    return json.dumps(new, indent=indent, ensure_ascii=data.isascii()).encode()


def stripped_text(text: str, strip: Strip) -> str:
    """The value of a field or column `exif`; it is emptied if it can't be read."""
    if not text.strip():
        return text
    try:
        tags = json.loads(text)
    except (ValueError, RecursionError):
        return "{}"
    kept = _stripped_tags(tags, strip)
    return text if kept == tags else json.dumps(kept)


def _stripped(value: Any, strip: Strip) -> Any:
    """JSON with each field `exif` in it stripped."""
    if isinstance(value, list):
        return [_stripped(one, strip) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _stripped_field(one, strip) if key.lower() == FIELD else _stripped(one, strip)
        for key, one in value.items()
    }


def _stripped_field(value: Any, strip: Strip) -> Any:
    if isinstance(value, str):
        return stripped_text(value, strip)
    return None if value is None else _stripped_tags(value, strip)


def _stripped_tags(tags: Any, strip: Strip) -> Any:
    if strip == "all" or not isinstance(tags, dict):
        return {}
    return {
        tag: value
        for tag, value in tags.items()
        if not names_position(tag) and not tells_position(json.dumps(value, ensure_ascii=False))
    }
