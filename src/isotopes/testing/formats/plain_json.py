"""JSON that is no vendor's own: three ways to write labels and scores, one or many a call."""

from __future__ import annotations

import json
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat, decode_picture

Form = Literal["objects", "arrays", "mapping"]


class PlainJson(WireFormat):
    """Takes ``{"image": base64}`` or ``{"images": [base64, ...]}``.

    Answers ``{"result": entry}`` or ``{"results": [entry, ...]}``, where an entry is a list of
    ``{"label", "score"}``, best first; or ``{"labels": [...], "scores": [...]}``; or a mapping.
    Beside it stands the model's ``version``. An image may also be ``{"id", "data"}``: then its
    entry is ``{"id", "answer"}``.
    """

    name: ClassVar[str] = "http"

    def __init__(self, form: Form = "objects") -> None:
        self._form = form

    def read(self, request: Request) -> list[Picture]:
        sent = json.loads(request.body)
        try:
            images = sent["images"] if "images" in sent else [sent["image"]]
            return [
                decode_picture(image["data"] if isinstance(image, dict) else image)
                for image in images
            ]
        except (KeyError, TypeError):
            raise ValueError("there is no picture in the request") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        entries = [self._entry(scores.labels, row) for row in scores.values]
        sent = json.loads(request.body).get("images")
        if sent is None:
            return json.dumps({"result": entries[0], "version": self.version}).encode()
        results = [
            {"id": image["id"], "answer": entry} if isinstance(image, dict) else entry
            for image, entry in zip(sent, entries, strict=True)
        ]
        return json.dumps({"results": results, "version": self.version}).encode()

    def how_to_ask(self, url: str) -> str:
        """The endpoint's description: many pictures a request, each answer with its number."""
        return f"""\
save this as service.toml and give it to check --target:

url = "{url}"
[request]
body = '{{"images": "{{{{items}}}}"}}'
item = '{{"id": "{{{{id}}}}", "data": "{{{{image_base64}}}}"}}'
batch = 8
[answer]
each = "results"
id = "id"
form = "objects"
at = "answer"
label = "label"
score = "score"
version = "version"
"""

    def _entry(self, labels: tuple[str, ...], row: NDArray[np.float64]) -> object:
        shown = [column for column in np.argsort(-row, kind="stable") if not np.isnan(row[column])]
        pairs = {labels[column]: float(row[column]) for column in shown}
        if self._form == "objects":
            return [{"label": label, "score": score} for label, score in pairs.items()]
        if self._form == "arrays":
            return {"labels": list(pairs), "scores": list(pairs.values())}
        return pairs
