"""The Open Inference Protocol v2 (REST), for a model that does its own preprocessing."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.wire import Request, WireFormat

MODEL = "v2/models/tiny"


class OpenInferenceFormat(WireFormat):
    """Takes one UINT8 tensor of pictures, (n, height, width, 3), and answers with probabilities."""

    name: ClassVar[str] = "oip"

    def read(self, request: Request) -> list[Picture]:
        try:
            (tensor,) = json.loads(request.body)["inputs"]
            if tensor["datatype"] != "UINT8":
                raise ValueError("the input must be UINT8")
            return list(np.asarray(tensor["data"], np.uint8).reshape(tensor["shape"]))
        except (KeyError, TypeError):
            raise ValueError("there must be one input: name, shape, datatype, data") from None

    def write(self, scores: Scores, request: Request) -> bytes:
        output = {
            "name": "probabilities",
            "shape": scores.values.shape,
            "datatype": "FP64",
            "data": scores.values.ravel().tolist(),
        }
        answer = {"model_name": "tiny", "model_version": self.version, "outputs": [output]}
        asked = json.loads(request.body)
        return json.dumps(answer | ({"id": asked["id"]} if "id" in asked else {})).encode()

    def describe(self, request: Request) -> bytes | None:
        if request.path.strip("/") != MODEL:
            return None
        inputs = {"name": "pictures", "datatype": "UINT8", "shape": [-1, -1, -1, 3]}
        outputs = {"name": "probabilities", "datatype": "FP64", "shape": [-1, len(self.labels)]}
        about = {"name": "tiny", "versions": [self.version], "platform": "onnx"}
        return json.dumps({**about, "inputs": [inputs], "outputs": [outputs]}).encode()

    def how_to_ask(self, url: str) -> str:
        labels = json.dumps(self.labels, ensure_ascii=False)
        return f"""\
save this as server.toml and give check --target oip:server.toml

url = "{url}{MODEL}"
labels = {labels}
[input]
size = [224, 224]
resize = "stretch"
channels = "rgb"
layout = "nhwc"
dtype = "uint8"
[output]
kind = "probabilities"
"""
