"""What a face service's answer must hold, taken out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isotopes.errors import AnswerError


def take_list(engine: str, answer: Mapping[str, Any], place: str) -> list[Mapping[str, Any]]:
    """The list of objects at `place`.

    Raises:
        AnswerError: there is none.
    """
    found = answer.get(place)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _unusable(engine, place)
    return found


def take_text(engine: str, answer: Mapping[str, Any], *places: str) -> str:
    """The text at the first of `places` that holds one.

    Raises:
        AnswerError: none does.
    """
    for place in places:
        if isinstance(found := answer.get(place), str) and found:
            return found
    raise _unusable(engine, " or ".join(places))


def take_percent(engine: str, answer: Mapping[str, Any], place: str) -> float:
    """The share, in [0, 1], that the percentage at `place` is.

    Raises:
        AnswerError: there is none.
    """
    found = answer.get(place)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 100.001:
        raise _unusable(engine, place)
    return min(1.0, found / 100)


def _unusable(engine: str, place: str) -> AnswerError:
    return AnswerError(f"the answer of {engine} can't be used: it has no {place} as it should be")
