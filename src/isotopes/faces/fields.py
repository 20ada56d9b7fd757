"""Takes fields out of a face service's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isotopes.errors import AnswerError
from isotopes.targets.http.json_answer import short_text


def as_object(engine: str, answer: object) -> Mapping[str, Any]:
    """An answer that must be a JSON object.

    Raises:
        AnswerError: it is none.
    """
    if not isinstance(answer, dict):
        raise AnswerError(f"the answer of {engine} must be a JSON object")
    return answer


def as_objects(engine: str, answer: object) -> list[Mapping[str, Any]]:
    """An answer that must be a list of JSON objects.

    Raises:
        AnswerError: it is none.
    """
    if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
        raise AnswerError(f"the answer of {engine} can't be used: it must be a list of objects")
    return answer


def take_list(engine: str, answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The list of objects in field `name`.

    Raises:
        AnswerError: there is none.
    """
    items = answer.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _unusable(engine, name)
    return items


def take_text(engine: str, answer: Mapping[str, Any], *names: str) -> str:
    """The text in the first of these fields that holds one.

    Raises:
        AnswerError: none does.
    """
    for name in names:
        if isinstance(text := answer.get(name), str) and text:
            return short_text(f"{name} of {engine}", text)
    raise _unusable(engine, " or ".join(names))


def take_percent(engine: str, answer: Mapping[str, Any], name: str) -> float:
    """The percentage in field `name` as a number in [0, 1].

    Raises:
        AnswerError: there is none.
    """
    return _take_number(engine, answer, name, 100.0)


def take_fraction(engine: str, answer: Mapping[str, Any], name: str) -> float:
    """The number in field `name`, in [0, 1].

    Raises:
        AnswerError: there is none.
    """
    return _take_number(engine, answer, name, 1.0)


def _take_number(engine: str, answer: Mapping[str, Any], name: str, most: float) -> float:
    """A number in [0, `most`], rounding aside, as a share of `most`."""
    number: Any = answer.get(name)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not is_number or not 0 <= number <= most * 1.00001:
        raise _unusable(engine, name)
    return min(1.0, float(number) / most)


def _unusable(engine: str, name: str) -> AnswerError:
    return AnswerError(f"the answer of {engine} can't be used: it has no valid field {name}")
