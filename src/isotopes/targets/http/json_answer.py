"""Labels and scores, taken out of whatever JSON a service answers with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from isotopes.errors import AnswerError

Shown = Mapping[str, float]  # label to score, as the service has it


@dataclass(frozen=True)
class Place:
    """A place in a JSON answer, as a JMESPath expression: ``predictions[0].scores``."""

    expression: str

    def look(self, answer: object) -> Any:
        """What stands there, or None.

        Raises:
            AnswerError: the expression doesn't go with what is there.
        """
        if self.expression.isidentifier():
            # A plain field, which labels and scores mostly are: JMESPath takes 10 times as long.
            return answer.get(self.expression) if isinstance(answer, dict) else None
        try:
            return jmespath.search(self.expression, answer)  # which keeps what it compiled
        except JMESPathError as error:
            raise AnswerError(f"{self.expression!r} can't be looked up: {error}") from None

    def find(self, answer: object) -> Any:
        """What stands there.

        Raises:
            AnswerError: nothing does; the message says what is there instead.
        """
        found = self.look(answer)
        if found is None:
            raise AnswerError(f"there is nothing at {self.expression!r} in {outline(answer)}")
        return found

    def find_list(self, answer: object) -> list[Any]:
        """The list that stands there."""
        found = self.find(answer)
        if not isinstance(found, list):
            raise AnswerError(f"at {self.expression!r} there must be a list, got {outline(found)}")
        return found


class Form(ABC):
    """How the answer to one picture holds its labels and scores."""

    @abstractmethod
    def read(self, answer: object) -> Shown:
        """Each label with its score.

        Raises:
            AnswerError: they are not where they should be, or no numbers, or a label comes twice.
        """


@dataclass(frozen=True)
class Objects(Form):
    """A list of objects, each with a label and its score: ``[{"label": "cat", "score": 0.9}]``."""

    at: Place
    label: Place
    score: Place

    def read(self, answer: object) -> Shown:
        items = self.at.find_list(answer)
        return _shown((self.label.find(item), self.score.find(item)) for item in items)


@dataclass(frozen=True)
class Arrays(Form):
    """Two lists in the same order, or one of scores for labels that are known beforehand."""

    scores: Place
    labels: Place | None
    known: tuple[str, ...] = ()

    def read(self, answer: object) -> Shown:
        scores = self.scores.find_list(answer)
        labels = self.known if self.labels is None else self.labels.find_list(answer)
        if len(labels) != len(scores):
            raise AnswerError(
                f"each label needs one score, got {len(labels)} labels and {len(scores)} scores"
            )
        return _shown(zip(labels, scores, strict=True))


@dataclass(frozen=True)
class Mapped(Form):
    """A mapping from label to score: ``{"cat": 0.9, "dog": 0.1}``."""

    at: Place

    def read(self, answer: object) -> Shown:
        found = self.at.find(answer)
        if not isinstance(found, dict):
            raise AnswerError(
                f"at {self.at.expression!r} there must be an object, got {outline(found)}"
            )
        return _shown(found.items())


def place(value: object) -> Place:
    """The place that a field of a description names.

    Raises:
        ValueError: it is no JMESPath expression; the message is the rule.
    """
    if isinstance(value, str):
        with suppress(JMESPathError):
            jmespath.compile(value)
            return Place(value)
    raise ValueError("a JMESPath expression, such as predictions[0].scores")


def outline(value: object, depth: int = 3) -> str:
    """What an answer is made of, without its values: ``{error: {code: int, message: str}}``."""
    if isinstance(value, dict):
        parts = [f"{key:.40}: {outline(child, depth - 1)}" for key, child in value.items()]
        return "{" + ", ".join(parts[:8] + ["..."] * (len(parts) > 8)) + "}" if depth else "{...}"
    if isinstance(value, list):
        return f"[{outline(value[0], depth - 1)}, ...]" if value and depth else "[...]"
    return "null" if value is None else type(value).__name__


def _shown(pairs: Iterable[tuple[object, object]]) -> Shown:
    shown: dict[str, float] = {}
    for given, score in pairs:
        label = _label(given)
        if label in shown:
            raise AnswerError(f"label {label!r} comes twice for one picture")
        if not isinstance(score, int | float) or isinstance(score, bool):
            raise AnswerError(f"the score of label {label!r} must be a number, got {score!r:.40}")
        shown[label] = float(score)
    return shown


def _label(given: object) -> str:
    if isinstance(given, str) or (isinstance(given, int) and not isinstance(given, bool)):
        return str(given)
    raise AnswerError(f"a label must be a text or a whole number, got {outline(given)}")
