"""The base of all services that take pictures and answer with scores in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.answer import check_probabilities
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.description import AnswerRules, HttpDescription, Unit
from isotopes.targets.http.encoding import encode
from isotopes.targets.http.json_answer import JsonPath, Shown, short_text
from isotopes.targets.http.replicas import Replicas
from isotopes.targets.scores import Completeness, Scores, full_scores
from isotopes.targets.target import Picture, Target


class JsonTarget(Target):
    """A service that is asked as its description says. One `ask` is one request. Any number of
    threads may ask.

    Class attributes:
        odd_scores: what to do about scores that are no probabilities.
    """

    kind: ClassVar[str]
    odd_scores: ClassVar[str] = (
        "the service documents probabilities: look whether its address is right, or ask again later"
    )

    def __init__(self, description: HttpDescription) -> None:
        """Prepare to ask; nothing is sent yet."""
        self._description = description
        endpoints = description.endpoints
        self._caller = Replicas(endpoints)
        self.batch_size = description.template.batch
        self.replicas = len(endpoints)
        self.concurrency = sum(endpoint.connections for endpoint in endpoints)
        self.threads = sum(endpoint.threads for endpoint in endpoints)
        self.price, self.rate_limits = description.price, description.rate_limits
        self.version: str | None = None

    @property
    def name(self) -> str:
        return self._description.name

    @property
    def destination(self) -> str:
        return ", and ".join(each.destination for each in self._description.endpoints)

    @cached_property
    def _identity(self) -> str:
        about = self._description
        replicas = [[each.filled_address, each.url] for each in about.replicas]
        return digest_of(
            {
                **({"replicas": replicas} if replicas else {}),
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
        """A hash of the address and of everything that decides the request; no credential."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._description.answer.known_labels

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        about = self._description
        files = [encode(picture, about.encoding) for picture in pictures]
        scores, version = self._caller.call(about.template.fill(files), self._read, gate)
        self.version = version or self.version
        check_probabilities(self.name, scores, self.odd_scores)
        if scores.completeness is Completeness.FULL and not scores.labels:
            # Once it is kept, the others would differ from it in their labels, in every run.
            raise AnswerError(
                f"the answer of {self.name} can't be used: it shows no label, where all are due"
            )
        return scores

    def close(self) -> None:
        self._caller.close()

    def _scores(self, answer: object) -> Scores:
        """The scores in an answer; kinds whose answers hold something else override this.

        Raises:
            AnswerError: as `read_scores`.
        """
        return read_scores(answer, self._description.answer)

    def _read(self, answer: object) -> tuple[Scores, str | None]:
        rules = self._description.answer
        try:
            if rules.problem is not None and (reason := rules.problem.look(answer)) is not None:
                raise AnswerError(f"it says {short_text('its reason', reason):.200}")
            version = None
            if rules.version is not None:
                version = short_text("its version", rules.version.get(answer))
            return self._scores(answer), version
        except AnswerError as error:
            message = f"the answer of {self.name} can't be used: {error}"
            raise AnswerError(message, hint=error.hint) from None


def read_scores(answer: object, rules: AnswerRules) -> Scores:
    """The scores in a JSON answer.

    Raises:
        AnswerError: they are not where the rules say, or break one of the rules.
    """
    entries = entries_in(answer, rules)
    outputs = [rules.form.read_outputs(entry) for entry in entries]
    rows = [row for row in outputs if row is not None]
    if rows:
        return _from_outputs(rows, rules)
    shown = [rules.form.read(entry) for entry in entries]
    for scores in shown:
        _check_labels(scores, shown[0], rules)
    labels = tuple(dict.fromkeys(rules.labels or sorted({key for row in shown for key in row})))
    values = np.full((len(shown), len(labels)), np.nan)
    for row, scores in zip(values, shown, strict=True):
        row[:] = [scores.get(label, np.nan) for label in labels]
    probabilities = _probabilities(values, rules.unit)
    if rules.completeness is Completeness.FULL:
        return full_scores(labels, probabilities)
    return Scores(labels, probabilities, rules.completeness, rules.limit)


def entries_in(answer: object, rules: AnswerRules) -> list[Any]:
    """What an answer holds about each picture, in order.

    Raises:
        AnswerError: it has no list of them, or not one for each number.
    """
    entries = [answer] if rules.each is None else rules.each.get_list(answer)
    return entries if rules.id is None else _in_order(entries, rules.id)


def _from_outputs(rows: list[list[float]], rules: AnswerRules) -> Scores:
    """Scores whose order alone names them; a single one may score the second of two labels."""
    names = rules.labels or ()
    widths = {len(row) for row in rows}
    if widths != {len(names)} and (widths, len(names)) != ({1}, 2):
        raise AnswerError(
            f"each label needs one score, got {len(names)} labels and {min(widths)} scores"
        )
    return full_scores(names, _probabilities(np.array(rows), rules.unit))


def _in_order(entries: list[Any], number: JsonPath) -> list[Any]:
    by_picture = {str(number.get(entry))[:20]: entry for entry in entries}
    wanted = [str(place) for place in range(len(entries))]
    if by_picture.keys() != set(wanted):
        got = ", ".join(ascii(name) for name in sorted(by_picture)[:8])
        raise AnswerError(
            f"each of its {len(entries)} parts must be about another picture, got {got}"
        )
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
    if unit == "sigmoid":
        return np.asarray(expit(values), np.float64)
    if unit == "logit":
        if values.shape[1] < 2:
            raise AnswerError(
                "a softmax over a single logit is always 1",
                hint='give unit = "sigmoid" in [answer] of its description',
            )
        return np.asarray(softmax(values, axis=1), np.float64)
    return values
