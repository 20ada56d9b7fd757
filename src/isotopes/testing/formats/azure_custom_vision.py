"""How a published iteration of Azure Custom Vision speaks (prediction API v3.1).

Source: Prediction.json in github.com/Azure/azure-rest-api-specs
(specification/cognitiveservices/data-plane/CustomVision/Prediction/stable/v3.1), the specification
behind learn.microsoft.com/rest/api/customvision/predictions. It lists the codes of errors, and none
for too many requests. No page shows that answer, nor the one to a missing key, for this service;
the fake gives them the form that Microsoft documents for Azure AI Face.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import ClassVar

from isotopes.errors import FakeRefusal
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, WireFormat, best_first, decode_file

PROJECT = "00000000-0000-0000-0000-000000000001"
_CODES = {400: "BadRequestImageFormat", 403: "Forbidden", 404: "NotFound"}
_GATEWAY = {401, 429}  # statuses that the service's gateway answers with
_NO_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
    " valid key for an active subscription and use a correct regional API endpoint for your"
    " resource."
)


class AzureCustomVisionFormat(WireFormat):
    """Takes the picture's file as the body."""

    name: ClassVar[str] = "azure-custom-vision"

    def read(self, request: Request) -> list[Picture]:
        if "prediction-key" not in request.headers:
            raise FakeRefusal("401", _NO_KEY, status=401)
        if not request.path.endswith(("/image", "/image/nostore")):
            raise ValueError("only /image and /image/nostore are served")
        return [decode_file(_file(request))]

    def write(self, scores: Scores, request: Request) -> bytes:
        (pairs,) = best_first(scores)
        predictions = [
            {
                "probability": score,
                "tagId": str(uuid.UUID(int=scores.labels.index(label) + 1)),
                "tagName": label,
                "tagType": "Regular",
            }
            for label, score in pairs
        ]
        about = {
            "id": str(uuid.UUID(int=1)),
            "project": PROJECT,
            "iteration": str(uuid.UUID(int=int(self.version))),
            "created": "2026-01-01T00:00:00.000Z",
        }
        return json.dumps({**about, "predictions": predictions}).encode()

    def restate(self, reply: Reply) -> Reply:
        if not 400 <= reply.status < 500:
            return reply
        said = reply.body.decode(errors="replace")
        return replace(reply, body=self.refusal(reply.status, said))

    def refusal(self, status: int, message: str) -> bytes:
        if status in _GATEWAY:
            return json.dumps({"error": {"code": str(status), "message": message}}).encode()
        return json.dumps({"code": _CODES.get(status, "ErrorUnknown"), "message": message}).encode()

    def how_to_ask(self, url: str) -> str:
        path = f"customvision/v3.1/prediction/{PROJECT}/classify/iterations/Iteration1/image"
        return (
            "export VISION_PREDICTION_KEY=any\n"
            f"and give check --target azure-custom-vision:{url}{path}"
        )


def _file(request: Request) -> bytes:
    """The body, or its only part if a client sends a form, as the vendor's own client does."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return request.body
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    part = request.body.split(b"--" + boundary)[1]
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
