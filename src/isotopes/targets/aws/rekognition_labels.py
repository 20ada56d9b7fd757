"""What the two kinds of labels of Amazon Rekognition have in common."""

from __future__ import annotations

import base64
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any, ClassVar

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.answer import check_probabilities
from isotopes.targets.aws.rekognition import Rekognition
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.description import AnswerRules
from isotopes.targets.http.encoding import Encoding, encode
from isotopes.targets.http.json_answer import JsonPath, Objects, short_text
from isotopes.targets.http.json_target import read_scores
from isotopes.targets.http.service import CONNECTIONS, check_plain
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import Picture, Target


class LabelsTarget(Target):
    """An operation that takes one picture and returns labels with a confidence in percent.

    Class attributes:
        operation: its name.
        answers: the field of its answer that holds the labels.
        most: the most labels that it returns; None if it returns all.
        encoding: how pictures are sent.
    """

    kind: ClassVar[str]
    operation: ClassVar[str]
    answers: ClassVar[str]
    most: ClassVar[int | None] = None
    encoding: ClassVar[Encoding]
    batch_size = 1
    concurrency = CONNECTIONS

    def __init__(self, spec: str) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            spec: what `question` takes; for another server followed by ``@`` and its address.

        Raises:
            TargetUnusable: a part of `spec`, boto3 or a credential is missing.
        """
        self._spec, _, url = spec.partition("@")
        if url:
            check_plain(url)
        region, self._question = self.question(self._spec)
        self._service = Rekognition(region, url or None, CONNECTIONS)
        cut = Completeness.FULL if self.most is None else Completeness.TOP_K
        form = Objects(JsonPath(self.answers), JsonPath("Name"), JsonPath("Confidence"))
        self._rules = AnswerRules(form, completeness=cut, limit=self.most, unit="percent")
        self.version: str | None = None

    @staticmethod
    @abstractmethod
    def question(spec: str) -> tuple[str | None, Mapping[str, Any]]:
        """The region, and everything in the request besides the picture.

        Raises:
            TargetUnusable: `spec` doesn't say.
        """

    @property
    def name(self) -> str:
        return f"Amazon Rekognition {self._spec}".rstrip()

    @property
    def destination(self) -> str:
        return self._service.destination

    @cached_property
    def _identity(self) -> str:
        asked = {"operation": self.operation, **self._question}
        return digest_of([self.kind, self._service.address, asked, asdict(self.encoding)])

    def identity(self) -> str:
        """A hash of the address and of everything that decides the request; no credential."""
        return self._identity

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        (picture,) = pictures
        image = base64.b64encode(encode(picture, self.encoding)).decode()
        question = {"Image": {"Bytes": image}, **self._question}
        scores, version = self._service.call(self.operation, question, self._read, gate)
        check_probabilities(self.name, scores)
        self.version = version or self.version
        return scores

    def close(self) -> None:
        self._service.close()

    def _read(self, answer: Mapping[str, Any]) -> tuple[Scores, str | None]:
        version = answer.get("LabelModelVersion")
        try:
            scores = read_scores(answer, self._rules)
            return scores, None if version is None else short_text("its version", version)
        except AnswerError as error:
            message = f"the answer of {self.name} can't be used: {error}"
            raise AnswerError(message, hint=error.hint) from None
