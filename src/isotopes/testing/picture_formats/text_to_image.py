"""How text-to-image on Hugging Face speaks: the answer is the picture's file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ClassVar

from isotopes.errors import FakeRefusal
from isotopes.testing.generator_server import Order, PictureFormat
from isotopes.testing.wire import Request


class TextToImage(PictureFormat):
    """Takes ``{"inputs": prompt, "parameters": {"seed": 1}}``."""

    name: ClassVar[str] = "text-to-image"
    content_type: ClassVar[str] = "image/png"

    def read(self, request: Request) -> Order:
        try:
            sent = json.loads(request.body)
            prompt, seed = sent["inputs"], sent.get("parameters", {}).get("seed")
        except (ValueError, KeyError, TypeError, AttributeError):
            prompt, seed = None, None
        if not isinstance(prompt, str) or not isinstance(seed, int | None):
            raise FakeRefusal("bad_request", "inputs must be a text, and the seed a number")
        return Order(prompt, seed)

    def write(self, file: bytes, request: Request, publish: Callable[[bytes], str]) -> bytes:
        return file

    def refusal(self, refused: FakeRefusal) -> bytes:
        return json.dumps({"error": str(refused)}).encode()

    def how_to_ask(self, url: str) -> str:
        return f"""\
save this as generator.toml and give it to check --pictures:

url = "{url}models/NAME"
[request]
body = '{{"inputs": "{{{{prompt}}}}", "parameters": {{"seed": "{{{{seed}}}}"}}}}'
[answer]
form = "body"
"""
