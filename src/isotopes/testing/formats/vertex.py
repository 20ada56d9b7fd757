"""How an AutoML image classifier on Google Vertex AI speaks (REST, v1)."""

from __future__ import annotations

import json
from typing import ClassVar

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.formats.google import google_error
from isotopes.testing.wire import Request, WireFormat, best_first, decode_picture

ENDPOINT = "v1/projects/p/locations/us-central1/endpoints/1"
_SHOWN = 10  # labels, unless the request says otherwise


class VertexFormat(WireFormat):
    """Takes ``{"instances": [{"content": base64}], "parameters": {...}}``."""

    name: ClassVar[str] = "vertex"

    def read(self, request: Request) -> list[Picture]:
        if not request.path.partition("?")[0].endswith(":predict"):
            raise ValueError("only :predict is served")
        try:
            return [
                decode_picture(instance["content"])
                for instance in json.loads(request.body)["instances"]
            ]
        except (KeyError, TypeError):
            raise ValueError("instances must hold objects with content") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        asked = json.loads(request.body).get("parameters", {})
        most = int(asked.get("maxPredictions", _SHOWN))  # Google's own client sends 10.0
        least = asked.get("confidenceThreshold", 0.0)
        predictions = []
        for pairs in best_first(scores):
            shown = [(label, score) for label, score in pairs if score >= least][:most]
            predictions.append(
                {
                    "ids": [str(scores.labels.index(label)) for label, _ in shown],
                    "displayNames": [label for label, _ in shown],
                    "confidences": [score for _, score in shown],
                }
            )
        model = f"projects/1/locations/us-central1/models/2@{self.version}"
        about = {"deployedModelId": f"10{self.version}", "model": model, "modelDisplayName": "m"}
        return json.dumps({"predictions": predictions, **about}).encode()

    def refusal(self, status: int, message: str) -> bytes:
        return google_error(status, message)

    def how_to_ask(self, url: str) -> str:
        return (
            f"export GOOGLE_OAUTH_ACCESS_TOKEN=any\nand give check --target vertex:{url}{ENDPOINT}"
        )
