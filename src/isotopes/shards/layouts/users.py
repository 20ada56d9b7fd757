"""The user of a picture, as the data set names them."""

from __future__ import annotations

from isotopes.strict_json import read_json


def user_in_json(text: bytes, field: str) -> str | None:
    """The user that a sample's JSON names; None if it names none."""
    try:
        described = read_json(text)
    except ValueError:
        return None
    return user_of(described.get(field)) if isinstance(described, dict) else None


def user_of(value: object) -> str | None:
    """A user's name as text: whole numbers count, as many data sets number their users."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
