"""A JSON service as a form describes it: where it is, what to send, and one question to try it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from isotopes.targets.answer import check_probabilities
from isotopes.targets.drafts.guess import AnswerFields
from isotopes.targets.fields import toml_value
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.description import HttpDescription, read_http_description
from isotopes.targets.http.encoding import encode
from isotopes.targets.http.json_target import read_scores
from isotopes.targets.scores import Scores

USUAL_BODY = '{"image": "{{image_base64}}"}'
BODIES = (  # what services usually want
    USUAL_BODY,
    '{"inputs": "{{image_base64}}"}',
    '{"instances": [{"b64": "{{image_base64}}"}]}',
)
SIDE = 224  # pixels of the picture that is tried


@dataclass(frozen=True)
class ServiceFields:
    """A description of a service, as a form has it.

    Attributes:
        url: where to ask.
        header, value: of a credential; the value names an environment variable as
            ``${TARGET_...}`` and never holds the credential itself. Empty for none.
        body: the JSON to send, with ``"{{image_base64}}"`` in the picture's place.
        price: of a picture in US dollars; None if unknown.
        format: of the picture's file, "png" or "jpeg".
        longest_side: larger pictures are shrunk to this many pixels; None to send them as they are.
        answer: how to read the answer.
    """

    url: str
    header: str = ""
    value: str = ""
    body: str = USUAL_BODY
    price: float | None = None
    format: str = "png"
    longest_side: int | None = None
    answer: AnswerFields = field(default_factory=AnswerFields)

    def to_toml(self) -> str:
        """The description, `ENDPOINT.toml`."""
        lines = [f"url = {toml_value(self.url)}"]
        if self.price is not None:
            lines.append(f"price = {self.price!r}")
        if self.header and self.value:
            lines += ["", "[headers]", f"{toml_value(self.header)} = {toml_value(self.value)}"]
        lines += ["", "[image]", f"format = {toml_value(self.format)}"]
        if self.longest_side is not None:
            lines.append(f"longest_side = {self.longest_side}")
        lines += ["", "[request]", f"body = {toml_value(self.body)}", "", self.answer.to_toml()]
        return "\n".join(lines)


def ask_once(service: ServiceFields) -> object:
    """What the service answers to one random picture, as JSON types without credentials.

    `answer` is ignored here.

    Raises:
        TargetUnusable: a field is not valid, or the environment variable is not set.
        TargetUnreachable: it doesn't answer, or it refuses.
        AnswerError: it doesn't answer in JSON.
    """
    described = _described(replace(service, answer=AnswerFields("mapping", "@")))
    picture = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    caller = JsonCaller(described.endpoint)
    try:
        file = encode(picture, described.encoding)
        return caller.call(described.template.fill([file]), lambda answer: answer)
    finally:
        caller.close()


def read_answer(service: ServiceFields, answer: object) -> Scores:
    """The scores in an answer of this service, read as its fields say.

    Raises:
        TargetUnusable: a field is not valid, or the environment variable is not set.
        AnswerError: they are not where the fields say, or are not probabilities.
    """
    described = _described(service)
    scores = read_scores(answer, described.answer)
    check_probabilities(described.name, scores)
    return scores


def _described(service: ServiceFields) -> HttpDescription:
    """Read it as a file, so that the same rules apply to a form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "service.toml"
        path.write_text(service.to_toml(), encoding="utf-8")
        return read_http_description(path)
