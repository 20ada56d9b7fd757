"""How a visual classifier on Clarifai speaks (REST, v2)."""

from __future__ import annotations

import json
from typing import ClassVar

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat, best_first, decode_picture

_SHOWN = 20  # concepts, unless the request says otherwise
_OK = {"code": 10000, "description": "Ok"}
_CODES = {400: 11102, 403: 11009, 404: 11101, 429: 11005}


class ClarifaiFormat(WireFormat):
    """Takes ``{"inputs": [{"data": {"image": {"base64": ...}}}], "model": {...}}``."""

    name: ClassVar[str] = "clarifai"

    def read(self, request: Request) -> list[Picture]:
        try:
            inputs = json.loads(request.body)["inputs"]
            return [decode_picture(one["data"]["image"]["base64"]) for one in inputs]
        except (KeyError, TypeError):
            raise ValueError("inputs must hold objects with data.image.base64") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        asked = json.loads(request.body).get("model", {}).get("output_info", {})
        rules = asked.get("output_config", {})
        most, least = rules.get("max_concepts", _SHOWN), rules.get("min_value", 0.0)
        outputs = []
        for place, pairs in enumerate(best_first(scores)):
            concepts = [
                {"id": f"ai_{label}", "name": label, "value": score, "app_id": "main"}
                for label, score in pairs
                if score >= least
            ]
            outputs.append(
                {
                    "id": f"{place:032x}",
                    "status": _OK,
                    "model": {"id": "m", "model_version": {"id": f"{int(self.version):032x}"}},
                    "data": {"concepts": concepts[:most]},
                }
            )
        return json.dumps({"status": _OK, "outputs": outputs}).encode()

    def refusal(self, status: int, message: str) -> bytes:
        code = _CODES.get(status, 10020)
        return json.dumps({"status": {"code": code, "description": message}}).encode()

    def how_to_ask(self, url: str) -> str:
        model = "v2/users/u/apps/a/models/m"
        return f"export CLARIFAI_PAT=any\nand give check --target clarifai:{url}{model}"
