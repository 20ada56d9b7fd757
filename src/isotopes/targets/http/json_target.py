"""What all services have in common that take pictures and answer with scores in JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.answer import check_probabilities
from isotopes.targets.asking.attempts import pause
from isotopes.targets.http.calling import JsonCaller
from isotopes.targets.http.description import AnswerRules, HttpDescription, Unit
from isotopes.targets.http.encoding import encode
from isotopes.targets.http.json_answer import Place, Shown
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import Picture, Target


class JsonTarget(Target):
    """A service that is asked as a description says. One `ask` is one request, and any number of
    threads may ask."""

    kind: ClassVar[str]

    def __init__(
        self, description: HttpDescription, sleep: Callable[[float], None] = pause
    ) -> None:
        """Get ready to ask; nothing is sent yet. `sleep` waits between two attempts."""
        self._description = description
        self._caller = JsonCaller(description.endpoint, sleep)
        self.batch_size = description.template.batch
        self.concurrency, self.threads = (
            description.endpoint.connections,
            description.endpoint.threads,
        )
        self.price, self.rates = description.price, description.rates
        self.version: str | None = None

    @property
    def name(self) -> str:
        return self._description.name

    @cached_property
    def _identity(self) -> str:
        about = self._description
        return digest_of(
            {
                "kind": self.kind,
                "address": about.endpoint.filled_address,
                "url": about.endpoint.url,
                "method": about.endpoint.method,
                "headers": about.endpoint.headers,
                **about.template.wording,
                "encoding": asdict(about.encoding),
                "answer": asdict(about.answer),
            }
        )

    def identity(self) -> str:
        """Of the address and of all that decides what is asked; no credential is in it."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._description.answer.labels

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        about = self._description
        files = [encode(picture, about.encoding) for picture in pictures]
        answer = self._caller.call(about.template.fill(files))
        self._check_success(answer)
        try:
            scores = read_scores(answer, about.answer)
            if about.answer.version is not None:
                self.version = str(about.answer.version.find(answer))
        except AnswerError as error:
            message = f"the answer of {self.name} can't be used: {error}"
            raise AnswerError(message, hint=error.hint) from None
        check_probabilities(self.name, scores)
        return scores

    def close(self) -> None:
        self._caller.close()

    def _check_success(self, answer: object) -> None:
        problem = self._description.answer.problem
        if problem is not None and (reason := problem.look(answer)) is not None:
            raise AnswerError(f"{self.name} gave no scores: {self._caller.hide(str(reason)):.200}")


def read_scores(answer: object, rules: AnswerRules) -> Scores:
    """The scores in a JSON answer.

    Raises:
        AnswerError: they are not where the rules say, or break one of them.
    """
    entries = [answer] if rules.each is None else rules.each.find_list(answer)
    if rules.id is not None:
        entries = _in_order(entries, rules.id)
    shown = [rules.form.read(entry) for entry in entries]
    for scores in shown:
        _check_labels(scores, shown[0], rules)
    labels = rules.labels or tuple(sorted({label for scores in shown for label in scores}))
    values = np.full((len(shown), len(labels)), np.nan)
    for row, scores in zip(values, shown, strict=True):
        row[:] = [scores.get(label, np.nan) for label in labels]
    return Scores(labels, _probabilities(values, rules.unit), rules.completeness, rules.limit)


def _in_order(entries: list[Any], number: Place) -> list[Any]:
    by_picture = {str(number.find(entry)): entry for entry in entries}
    wanted = [str(place) for place in range(len(entries))]
    if by_picture.keys() != set(wanted):
        found = ", ".join(f"{name:.20}" for name in sorted(by_picture))
        raise AnswerError(f"each of {len(entries)} answers must be of another picture, got {found}")
    return [by_picture[name] for name in wanted]


def _check_labels(shown: Shown, first: Shown, rules: AnswerRules) -> None:
    known = set(rules.labels or first)
    full = rules.completeness is Completeness.FULL
    if full and (missing := known - shown.keys()):
        raise AnswerError(
            f"it is declared full, but has no score for label {min(missing)!r}",
            hint="declare completeness top-k or threshold, or ask the service for all labels",
        )
    if (full or rules.labels) and (unknown := shown.keys() - known):
        raise AnswerError(f"it has label {min(unknown)!r}, which is not in the description")
    if rules.completeness is Completeness.TOP_K and len(shown) > (rules.limit or 0):
        raise AnswerError(
            f"it has {len(shown)} labels, but is declared to show the best {rules.limit}"
        )


def _probabilities(values: NDArray[np.float64], unit: Unit) -> NDArray[np.float64]:
    if unit == "percent":
        return values / 100
    if unit == "logit":
        if not np.isfinite(values).all():
            raise AnswerError("a logit must be a finite number, got NaN or infinity")
        return np.asarray(softmax(values, axis=1), np.float64)
    return values
