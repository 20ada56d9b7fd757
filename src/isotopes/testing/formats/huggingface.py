"""How image classification on Hugging Face speaks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import ClassVar

import numpy as np
from scipy.special import logit, softmax

from isotopes.stats.scores.statistic import are_independent
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat, best_first, decode_file, decode_picture

_SHOWN = 5  # labels, unless the request says otherwise


class HuggingFaceFormat(WireFormat):
    """Takes ``{"inputs": base64, "parameters": {...}}``, or the picture's file as the body."""

    name: ClassVar[str] = "huggingface"

    def read(self, request: Request) -> list[Picture]:
        if not _is_json(request):
            return [decode_file(request.body)]
        try:
            return [decode_picture(json.loads(request.body)["inputs"])]
        except (KeyError, TypeError):
            raise ValueError("inputs must be a picture in base64") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        asked = json.loads(request.body).get("parameters", {}) if _is_json(request) else {}
        (pairs,) = best_first(_applied(scores, asked.get("function_to_apply")))
        shown = pairs[: asked.get("top_k", _SHOWN)]
        return json.dumps([{"label": label, "score": score} for label, score in shown]).encode()

    def how_to_ask(self, url: str) -> str:
        return f"give check --target huggingface:{url}"


def _applied(scores: Scores, function: str | None) -> Scores:
    """The scores by the function that is asked for instead of the model's own.

    As in `transformers`, a softmax over logits makes independent labels share a probability of 1.
    """
    if function != "softmax" or not are_independent(scores.values):
        return scores
    return replace(scores, values=np.asarray(softmax(logit(scores.values), axis=1)))


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")
