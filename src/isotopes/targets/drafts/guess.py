"""Guesses which fields of an answer hold the labels and scores.

The guess rests on one answer. A person should check it; only the description is binding.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from isotopes.targets.fields import toml_value

DEPTH = 6  # an answer nested more deeply isn't looked through
MOST_CHILDREN = 200  # of an object or a list
LABEL_WORDS = ("label", "class", "name", "tag", "description", "category", "concept")
SCORE_WORDS = ("score", "prob", "confidence", "value", "likelihood")
Form = Literal["objects", "arrays", "mapping"]


@dataclass(frozen=True)
class AnswerFields:
    """The part of a description that says how to read answers, as a form has it.

    Attributes:
        form: "objects", a list with an object for each label; "arrays", two lists in one order;
            or "mapping", an object from label to score.
        at: where the objects or the mapping stand, as JMESPath.
        label, score: what they are called in each object; for arrays, where the lists stand.
        unit: "probability", "percent", "logit" or "sigmoid".
        shown: how many labels the service shows at most; None if it shows all it knows.
    """

    form: Form = "objects"
    at: str = ""
    label: str = ""
    score: str = ""
    unit: str = "probability"
    shown: int | None = None

    def to_toml(self) -> str:
        """The table ``[answer]``."""
        if self.form == "arrays":
            places = {"labels": self.label, "scores": self.score}
        elif self.form == "mapping":
            places = {"at": self.at}
        else:
            places = {"at": self.at, "label": self.label, "score": self.score}
        texts = {"form": self.form, **places, "unit": self.unit}
        texts["completeness"] = "full" if self.shown is None else "top-k"
        lines = [f"{name} = {toml_value(value)}" for name, value in texts.items()]
        if self.shown is not None:
            lines.append(f"limit = {self.shown}")
        return "\n".join(["[answer]", *lines]) + "\n"


def guess_fields(answer: object) -> AnswerFields | None:
    """The most likely place of labels and scores; None if nothing looks like them.

    Args:
        answer: JSON types.
    """
    best: AnswerFields | None = None
    most = 0
    for at, value in _places(answer):
        for found, scores in _candidates(at, value):
            if len(scores) > most:
                best, most = _with_meaning(found, scores), len(scores)
    return best


def _places(value: object, at: str = "", depth: int = DEPTH) -> Iterator[tuple[str, object]]:
    """Everything in an answer, with its place, from the outside in."""
    yield at or "@", value
    if not depth:
        return
    if isinstance(value, dict):
        for key, child in list(value.items())[:MOST_CHILDREN]:
            name = _field(str(key))
            yield from _places(child, f"{at}.{name}" if at else name, depth - 1)
    elif isinstance(value, list) and value:
        yield from _places(value[0], f"{at}[0]", depth - 1)


def _candidates(at: str, value: object) -> Iterator[tuple[AnswerFields, list[float]]]:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        label = _named(value[0], LABEL_WORDS, str)
        score = _named(value[0], SCORE_WORDS, float)
        if label and score:
            scores = [one.get(score) for one in value]
            if all(_is_number(one) for one in scores):
                yield AnswerFields("objects", at, _field(label), _field(score)), scores
    if isinstance(value, dict) and value:
        if all(_is_number(one) for one in value.values()):
            yield AnswerFields("mapping", at), list(value.values())
        yield from _arrays(at, value)


def _arrays(at: str, value: dict[str, Any]) -> Iterator[tuple[AnswerFields, list[float]]]:
    inside = "" if at == "@" else f"{at}."
    lists = {key: one for key, one in value.items() if isinstance(one, list) and one}
    for labels, names in lists.items():
        for scores, numbers in lists.items():
            fits = len(names) == len(numbers) and all(isinstance(name, str) for name in names)
            if fits and all(_is_number(one) for one in numbers):
                label, score = (f"{inside}{_field(key)}" for key in (labels, scores))
                yield AnswerFields("arrays", "", label, score), numbers


def _named(one: dict[str, Any], words: tuple[str, ...], kind: type) -> str | None:
    """The field of this type with the likeliest name; if no name fits, any field of the type."""
    fits = _is_number if kind is float else lambda value: isinstance(value, str)
    keys = [key for key, value in one.items() if fits(value)]
    sounding = [key for word in words for key in keys if word in key.lower()]
    return next(iter([*sounding, *keys]), None)


def _with_meaning(found: AnswerFields, scores: list[float]) -> AnswerFields:
    total = math.fsum(scores)
    if min(scores) < 0:
        unit, whole = "logit", True
    elif max(scores) > 1:
        unit, whole = "percent", abs(total - 100) < 1
    else:
        unit, whole = "probability", abs(total - 1) < 0.01
    shown = None if whole and len(scores) > 1 else len(scores)
    return AnswerFields(found.form, found.at, found.label, found.score, unit, shown)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _field(name: str) -> str:
    """A key as JMESPath writes it."""
    plain = name.isascii() and name.isidentifier()
    return name if plain else json.dumps(name)
