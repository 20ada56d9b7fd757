"""How a classifier hosted by Roboflow speaks."""

from __future__ import annotations

import json
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat, best_first, decode_picture

_LEAST = 0.4  # confidence that is shown, unless the request says otherwise


class RoboflowFormat(WireFormat):
    """Takes the picture's file in base64 as the body."""

    name: ClassVar[str] = "roboflow"

    def __init__(self, *, several: bool = False) -> None:
        """With `several`, answer as a project whose pictures may have several labels."""
        self._several = several

    def read(self, request: Request) -> list[Picture]:
        return [decode_picture(request.body.decode("ascii"))]

    def write(self, scores: Scores, request: Request) -> bytes:
        query = parse_qs(urlsplit(request.path).query)
        least = float(query.get("confidence", [_LEAST])[0])
        (pairs,) = best_first(scores)
        shown = [(label, score) for label, score in pairs if score >= least]
        answer: dict[str, object]
        if self._several:
            each = {
                label: {"confidence": score, "class_id": scores.labels.index(label)}
                for label, score in shown
            }
            answer = {"predictions": each, "predicted_classes": [label for label, _ in shown[:1]]}
        else:
            found = [
                {"class": label, "class_id": scores.labels.index(label), "confidence": score}
                for label, score in shown
            ]
            top, confidence = pairs[0]
            answer = {"predictions": found, "top": top, "confidence": confidence}
        return json.dumps({"time": 0.1, **answer}).encode()

    def refusal(self, status: int, message: str) -> bytes:
        return json.dumps({"message": message}).encode()

    def how_to_ask(self, url: str) -> str:
        return f"export ROBOFLOW_API_KEY=any\nand give check --target roboflow:{url}project/1"
