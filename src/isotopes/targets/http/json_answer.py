"""Reads labels and scores from whatever JSON a service answers with."""

from __future__ import annotations

import math
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from isotopes.errors import AnswerError

Shown = Mapping[str, float]  # label to score, as the service has it
LONGEST_LABEL = 1_000  # characters
MOST_LABELS = 200_000  # for one picture; Hugging Face is asked for 100,000
LONGEST_TEXT = 100_000  # characters of a caption
_LONGEST_EXPRESSION = 200  # characters: a longer one could double a list a hundred times


@dataclass(frozen=True)
class JsonPath:
    """A place in a JSON answer, as a JMESPath expression: ``predictions[0].scores``."""

    expression: str

    def look(self, answer: object) -> Any:
        """What stands there, or None.

        Raises:
            AnswerError: the expression doesn't fit the answer.
        """
        if self.expression.isidentifier():
            # A plain field, as labels and scores mostly are: JMESPath takes ten times as long.
            return answer.get(self.expression) if isinstance(answer, dict) else None
        try:
            return jmespath.search(self.expression, answer)  # it caches compiled expressions
        except Exception as error:  # noqa: BLE001 - a stranger's expression on a stranger's answer
            raise AnswerError(f"{self.expression!r} can't be looked up: {error!s:.200}") from None

    def get(self, answer: object) -> Any:
        """What stands there.

        Raises:
            AnswerError: nothing does; the message says what is there instead.
        """
        value = self.look(answer)
        if value is None:
            raise AnswerError(f"there is nothing at {self.expression!r} in {outline(answer)}")
        return value

    def get_list(self, answer: object) -> list[Any]:
        """The list that stands there.

        Raises:
            AnswerError: there is none, or it is longer than any model's list of labels.
        """
        value = self.get(answer)
        if not isinstance(value, list):
            raise AnswerError(f"at {self.expression!r} there must be a list, got {outline(value)}")
        if len(value) > MOST_LABELS:
            raise AnswerError(
                f"the list at {self.expression!r} must have at most {MOST_LABELS:,} entries,"
                f" got {len(value):,}"
            )
        return value


class AnswerForm(ABC):
    """How the answer to one picture holds its labels and scores."""

    @abstractmethod
    def read(self, answer: object) -> Shown:
        """Each label with its score.

        Raises:
            AnswerError: they are not where they should be, or not what they should be.
        """

    def read_outputs(self, answer: object) -> list[float] | None:
        """The score of each output, if only their order names them; None otherwise."""
        return None


@dataclass(frozen=True)
class Objects(AnswerForm):
    """A list of objects, each with a label and its score: ``[{"label": "cat", "score": 0.9}]``."""

    at: JsonPath
    label: JsonPath
    score: JsonPath

    def read(self, answer: object) -> Shown:
        items = self.at.get_list(answer)
        return _shown((self.label.get(item), self.score.get(item)) for item in items)


@dataclass(frozen=True)
class Arrays(AnswerForm):
    """Two lists in the same order, or one list of scores for labels that are known beforehand."""

    scores: JsonPath
    labels: JsonPath | None

    def read(self, answer: object) -> Shown:
        if self.labels is None:
            raise AnswerError("only the order of its scores names their labels")
        scores, labels = self.scores.get_list(answer), self.labels.get_list(answer)
        if len(labels) != len(scores):
            raise AnswerError(
                f"each label needs one score, got {len(labels)} labels and {len(scores)} scores"
            )
        return _shown(zip(labels, scores, strict=True))

    def read_outputs(self, answer: object) -> list[float] | None:
        if self.labels is not None:
            return None
        scores = enumerate(self.scores.get_list(answer))
        return [_score(f"number {number}", score) for number, score in scores]


@dataclass(frozen=True)
class Mapped(AnswerForm):
    """A mapping from label to score: ``{"cat": 0.9, "dog": 0.1}``."""

    at: JsonPath

    def read(self, answer: object) -> Shown:
        scores = self.at.get(answer)
        if not isinstance(scores, dict) or len(scores) > MOST_LABELS:
            raise AnswerError(
                f"at {self.at.expression!r} there must be an object with at most"
                f" {MOST_LABELS:,} labels, got {outline(scores)}"
            )
        return _shown(scores.items())


@dataclass(frozen=True)
class Words(AnswerForm):
    """Words: a caption, or what a detector calls the things that it found.

    A label's score is the highest of the texts that hold one of its words, as a whole word, in
    capitals or not; 0 if none does.

    Attributes:
        words: each label with the words or phrases that stand for it.
        at: a text, or a list of texts or objects.
        word: in each object, its text; None for texts.
        score: in each object, its score; None if a text counts 1.
    """

    words: tuple[tuple[str, tuple[str, ...]], ...]
    at: JsonPath
    word: JsonPath | None = None
    score: JsonPath | None = None

    def read(self, answer: object) -> Shown:
        found = self.at.get(answer)
        items = [found] if isinstance(found, str) else self.at.get_list(answer)
        shown = {label: 0.0 for label, _ in self.words}
        for item in items:
            said = item if self.word is None else self.word.get(item)
            if not isinstance(said, str) or len(said) > LONGEST_TEXT:
                raise AnswerError(
                    f"words must be a text of at most {LONGEST_TEXT:,} characters,"
                    f" got {outline(said)}"
                )
            score = 1.0 if self.score is None else _score(f"of {said:.60}", self.score.get(item))
            plain = _plain(said)
            for label, words in self.words:
                if any(_whole(word).search(plain) for word in words):
                    shown[label] = max(score, shown[label])
        return shown


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(maxsize=10_000)
def _whole(word: str) -> re.Pattern[str]:
    """Finds a word or phrase, with nothing that belongs to a word before or after it."""
    inside = r"\s+".join(re.escape(part) for part in _plain(word).split())
    return re.compile(rf"(?<!\w){inside}(?!\w)")


def place(value: object) -> JsonPath:
    """The place that a field of a description names.

    Raises:
        ValueError: it is no JMESPath expression; the message is the rule.
    """
    if isinstance(value, str) and len(value) <= _LONGEST_EXPRESSION:
        with suppress(JMESPathError, RecursionError):
            jmespath.compile(value)
            return JsonPath(value)
    raise ValueError("a JMESPath expression, such as predictions[0].scores")


def short_text(what: str, value: object) -> str:
    """A label or version that a service sent, as a text that can be shown and stored.

    Raises:
        AnswerError: it is not a text or whole number, too long, or not valid Unicode.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return str(value)
    if not isinstance(value, str):
        raise AnswerError(f"{what} must be a text or a whole number, got {outline(value)}")
    if len(value) > LONGEST_LABEL:
        raise AnswerError(
            f"{what} must have at most {LONGEST_LABEL:,} characters, got {len(value):,}:"
            f" {value[:40]!r}..."
        )
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise AnswerError(f"{what} must be valid Unicode, got {value[:40]!a}") from None
    return value


def outline(value: object, depth: int = 3) -> str:
    """What an answer is made of, without its values: ``{error: {code: int, message: str}}``."""
    if isinstance(value, dict):
        if not depth:
            return "{...}"
        shown = islice(value.items(), 8)
        parts = [f"{_readable(key):.40}: {outline(child, depth - 1)}" for key, child in shown]
        return "{" + ", ".join(parts + ["..."] * (len(value) > 8)) + "}"
    if isinstance(value, list):
        return f"[{outline(value[0], depth - 1)}, ...]" if value and depth else "[...]"
    return "null" if value is None else type(value).__name__


def _shown(pairs: Iterable[tuple[object, object]]) -> Shown:
    """Labels with their scores. If two labels have the same name, the higher score counts."""
    shown: dict[str, float] = {}
    for given, value in pairs:
        label = short_text("a label", given)
        score = _score(f"of label {label!r:.60}", value)
        shown[label] = max(score, shown.get(label, score))
    return shown


def _score(which: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(score := float(value)):
                return score
    raise AnswerError(f"score {which} must be a finite number, got {_brief(value)}")


def _brief(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return "a whole number of hundreds of digits"
    return f"{value:.40}" if isinstance(value, float) else outline(value)


def _readable(text: str) -> str:
    return text.encode(errors="replace").decode()
