"""How the label detection of Google Cloud Vision speaks (REST, v1)."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.formats.google import google_error
from isotopes.testing.wire import Request, WireFormat, best_first, decode_picture

_LABELS = ("LABEL_DETECTION", 4)  # the vendor's own client sends the number
_SHOWN = 10  # labels, unless the request says otherwise


class GoogleVisionFormat(WireFormat):
    """Takes ``{"requests": [{"image": {"content": base64}, "features": [...]}]}``."""

    name: ClassVar[str] = "google-vision"

    def read(self, request: Request) -> list[Picture]:
        try:
            asked = json.loads(request.body)["requests"]
            if any(_feature(one)["type"] not in _LABELS for one in asked):
                raise ValueError("only LABEL_DETECTION is served")
            return [decode_picture(one["image"]["content"]) for one in asked]
        except (KeyError, TypeError, IndexError):
            raise ValueError("requests must hold objects with image and features") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        asked = json.loads(request.body)["requests"]
        responses = []
        for one, pairs in zip(asked, best_first(scores), strict=True):
            most = int(_feature(one).get("maxResults", _SHOWN))
            annotations = [
                {"mid": f"/m/{label}", "description": label, "score": score, "topicality": score}
                for label, score in pairs[:most]
            ]
            responses.append({"labelAnnotations": annotations} if annotations else {})
        return json.dumps({"responses": responses}).encode()

    def refusal(self, status: int, message: str) -> bytes:
        return google_error(status, message)

    def how_to_ask(self, url: str) -> str:
        return f"export GOOGLE_OAUTH_ACCESS_TOKEN=any\nand give check --target google-vision:{url}"


def _feature(one: Any) -> dict[str, Any]:
    (feature,) = one["features"]
    return dict(feature)
