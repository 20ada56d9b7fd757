"""How Amazon Rekognition speaks: JSON 1.1, the operation in a header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.faults import Reply
from isotopes.testing.wire import Request, WireFormat, best_first, decode_picture

ARN = "arn:aws:rekognition:us-east-1:123456789012:project/tiny/version/tiny.1/1"
# Amazon names each error, and sends status 400 for all errors that are the client's fault.
_NAMES = {
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
}
KEYS = "AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any"


class RekognitionFormat(WireFormat):
    """DetectLabels."""

    name: ClassVar[str] = "rekognition"
    content_type: ClassVar[str] = "application/x-amz-json-1.1"
    operation: ClassVar[str] = "DetectLabels"
    smallest: ClassVar[int] = 80  # pixels a side
    threshold: ClassVar[float] = 55.0  # percent, unless the request says otherwise

    def read(self, request: Request) -> list[Picture]:
        if request.headers.get("x-amz-target") != f"RekognitionService.{self.operation}":
            raise ValueError(f"only {self.operation} is served")
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
            raise ValueError("the request is not signed")
        try:
            picture = decode_picture(json.loads(request.body)["Image"]["Bytes"])
        except (KeyError, TypeError):
            raise ValueError("Image must hold Bytes") from None
        if min(picture.shape[:2]) < self.smallest:
            raise ValueError(f"an image must have {self.smallest} pixels a side")
        return [picture]

    def write(self, scores: Scores, request: Request) -> bytes:
        asked = json.loads(request.body)
        (pairs,) = best_first(scores)
        least = asked.get("MinConfidence", self.threshold)
        shown = [(label, 100 * score) for label, score in pairs if 100 * score >= least]
        return json.dumps(self.answer(shown, asked)).encode()

    def answer(self, shown: list[tuple[str, float]], asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer with these labels, in percent, best first."""
        labels = [
            {"Name": label, "Confidence": percent, "Instances": [], "Parents": []}
            for label, percent in shown[: asked.get("MaxLabels", 1000)]
        ]
        return {"Labels": labels, "LabelModelVersion": f"{self.version}.0"}

    def restate(self, reply: Reply) -> Reply:
        if not 400 <= reply.status < 500:
            return reply
        said = reply.body.decode(errors="replace")
        return replace(reply, status=400, body=self.refusal(reply.status, said))

    def refusal(self, status: int, message: str) -> bytes:
        name = _NAMES.get(status, "InvalidParameterException")
        return json.dumps({"__type": name, "Message": message}).encode()

    def how_to_ask(self, url: str) -> str:
        return f"export {KEYS}\nand give check --target rekognition:us-east-1@{url}"
