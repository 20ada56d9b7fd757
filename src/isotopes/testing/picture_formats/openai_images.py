"""How OpenAI's images API and its many imitations speak."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, ClassVar

from isotopes.errors import FakeRefusal
from isotopes.testing.generator_server import Order, PictureFormat
from isotopes.testing.wire import Request


class OpenAiImages(PictureFormat):
    """Takes ``{"prompt", "n": 1, "response_format": "b64_json" or "url"}``, and ``"seed"`` as some
    imitations do. Answers ``{"data": [{"b64_json": ...}]}`` or ``{"data": [{"url": ...}]}``."""

    name: ClassVar[str] = "images"

    def read(self, request: Request) -> Order:
        sent = _sent(request)
        prompt, seed = sent.get("prompt"), sent.get("seed")
        if not isinstance(prompt, str) or not prompt or not isinstance(seed, int | None):
            raise FakeRefusal("invalid_request_error", "a prompt is needed, and a seed is a number")
        if sent.get("n", 1) != 1:
            raise FakeRefusal("invalid_request_error", "n must be 1 here")
        return Order(prompt, seed)

    def write(self, file: bytes, request: Request, publish: Callable[[bytes], str]) -> bytes:
        wanted = _sent(request).get("response_format", "url")
        one = {"url": publish(file)} if wanted == "url" else {"b64_json": _in_base64(file)}
        return json.dumps({"created": 0, "data": [one]}).encode()

    def refusal(self, refused: FakeRefusal) -> bytes:
        said = {"message": str(refused), "type": refused.name, "code": None}
        return json.dumps({"error": said}).encode()

    def how_to_ask(self, url: str) -> str:
        return f"""\
save this as generator.toml and give it to check --pictures:

url = "{url}v1/images/generations"
[request]
body = '{{"prompt": "{{{{prompt}}}}", "seed": "{{{{seed}}}}", "response_format": "b64_json"}}'
[answer]
form = "base64"
at = "data[0].b64_json"
"""


def _sent(request: Request) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise FakeRefusal("invalid_request_error", "the body must be a JSON object")
    return sent


def _in_base64(file: bytes) -> str:
    return base64.b64encode(file).decode("ascii")
