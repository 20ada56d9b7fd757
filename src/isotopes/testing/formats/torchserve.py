"""How TorchServe's image classifier handler speaks."""

from __future__ import annotations

import json
from typing import ClassVar

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat, best_first, decode_file

_SHOWN = 5  # labels


class TorchServeFormat(WireFormat):
    """Takes the picture's file as the body; answers with a mapping from label to score."""

    name: ClassVar[str] = "torchserve"

    def read(self, request: Request) -> list[Picture]:
        if not request.path.startswith("/predictions/"):
            raise ValueError("only /predictions/ is served")
        return [decode_file(request.body)]

    def write(self, scores: Scores, request: Request) -> bytes:
        (pairs,) = best_first(scores)
        return json.dumps(dict(pairs[:_SHOWN])).encode()

    def refusal(self, status: int, message: str) -> bytes:
        about = {"code": status, "type": "BadRequestException", "message": message}
        return json.dumps(about).encode()

    def how_to_ask(self, url: str) -> str:
        return f"give check --target torchserve:{url}predictions/model"
