"""How services that embed pictures speak: the layout of OpenAI's embeddings API, and of others."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat, decode_picture

LOWEST = -70.0  # of a logarithm of a probability


class Embeddings(WireFormat):
    """Takes ``{"input": [base64, ...]}``; answers ``{"data": [{"index": 0, "embedding": [...]}]}``.

    An embedding is made from the served model's probabilities, such that they come back as the
    softmax of `radius` times its cosines with the first unit vectors.
    """

    name: ClassVar[str] = "http-encoder"

    def read(self, request: Request) -> list[Picture]:
        try:
            return [decode_picture(text) for text in json.loads(request.body)["input"]]
        except (KeyError, TypeError):
            raise ValueError("input must be a list of pictures in base64") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        data = [
            {"index": number, "embedding": row.tolist()}
            for number, row in enumerate(embedding_of(scores.values))
        ]
        return json.dumps({"data": data, "model": self.version}).encode()

    def how_to_ask(self, url: str) -> str:
        return f"""\
save this as encoder.toml, put a folder of pictures for each label into the folder anchors, and give
http-encoder:encoder.toml to check --target; or leave labels and anchors out, for embeddings alone:

url = "{url}v1/embeddings"
labels = ["mine", "others"]
anchors = "anchors"
[request]
body = '{{"input": "{{{{items}}}}"}}'
item = '"{{{{image_base64}}}}"'
batch = 8
[answer]
each = "data"
at = "embedding"
"""


def radius(labels: int) -> float:
    """The length of all embeddings that are made from so many probabilities."""
    return float(-LOWEST * np.sqrt(labels) + 1)


def embedding_of(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Embeddings, shape (n, labels + 1), of probabilities, shape (n, labels)."""
    logs = np.maximum(np.log(np.maximum(probabilities, 1e-300)), LOWEST)
    rest = radius(logs.shape[1]) ** 2 - (logs**2).sum(axis=1, keepdims=True)
    return np.hstack([logs, np.sqrt(rest)])
