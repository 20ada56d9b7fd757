"""A model behind the Open Inference Protocol v2 (REST), as KServe, Triton and others serve it.

The server takes tensors, so we prepare the pictures here. `SERVER.toml` holds the fields of a
network's description and the model's address.
Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.
"""

from __future__ import annotations

import json
import math
import re
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets.answer import check_probabilities
from isotopes.targets.fields import errors_name, read_toml, whole_number
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.description import LARGEST_BATCH, take_endpoint
from isotopes.targets.http.endpoint import Endpoint
from isotopes.targets.http.json_answer import outline, short_text
from isotopes.targets.http.service import AddressForm, Mistake
from isotopes.targets.local.description import Description, take_description
from isotopes.targets.local.outputs import output_scores
from isotopes.targets.local.preprocess import prepare_input
from isotopes.targets.scores import Scores
from isotopes.targets.target import OpenableTarget, Picture

_DATATYPES = {"float32": "FP32", "uint8": "UINT8"}
_WHOLE = AddressForm(
    re.compile(r"(/.*)?/v2/models/[^/]+(/versions/[^/]+)?"),
    example="http://HOST/v2/models/MODEL or http://HOST/v2/models/MODEL/versions/VERSION",
    added="/infer",
    mistakes=(
        Mistake(
            re.compile(r"/v1/models/"),
            "is that of another protocol, KServe's v1 or TensorFlow Serving's",
            "describe it as a JSON endpoint, http:ENDPOINT.toml: docs/descriptions.md",
        ),
    ),
)
_BATCH = 8  # a float takes about 20 bytes of JSON


class OpenInferenceTarget(OpenableTarget):
    """A model that takes tensors. It answers in full. Any number of threads may ask."""

    kind: ClassVar[str] = "oip"
    summary: ClassVar[str] = "SERVER.toml, a model on KServe or Triton (Open Inference Protocol v2)"
    limits: ClassVar[str] = "pictures a request: `batch` in its description, 8 by default"
    credentials: ClassVar[tuple[str, ...]] = ("the variables that its description names",)

    def __init__(
        self, endpoint: Endpoint, description: Description, batch_size: int = _BATCH
    ) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            endpoint: its address is ``http://HOST/v2/models/MODEL[/versions/VERSION]``.

        Raises:
            TargetUnusable: the protocol has no JSON for the description's input.
        """
        if "?" in endpoint.url:
            raise TargetUnusable("url must not contain ?", hint="put credentials into [headers]")
        endpoint = replace(endpoint, url=_WHOLE.find(endpoint.url))
        if description.input.dtype not in _DATATYPES:
            raise TargetUnusable(
                f"the protocol has no JSON for {description.input.dtype}",
                hint=f"the input's dtype may be {' or '.join(_DATATYPES)}",
            )
        self._endpoint, self._description = endpoint, description
        self.embeds = description.embeds
        self._about = JsonCaller(replace(endpoint, method="GET"))
        self._infer = JsonCaller(replace(endpoint, url=f"{endpoint.url}/infer"))
        self.batch_size = batch_size
        self.concurrency, self.threads = endpoint.connections, endpoint.threads
        self.version: str | None = None
        self._lock = threading.Lock()
        self._input_name: str | None = None

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The model that the TOML file `spec` describes."""
        path = cls.named_file(spec)
        fields = read_toml(path, "it describes a model behind the Open Inference Protocol")
        with errors_name(path):
            endpoint = take_endpoint(fields)
            batch = fields.optional("batch", whole_number(1, LARGEST_BATCH), _BATCH)
            description = take_description(fields)
            fields.finish()
            if description.anchors is not None:
                raise TargetUnusable(
                    "an encoder behind the Open Inference Protocol can't be compared with anchors",
                    hint="leave labels and anchors out, and it is asked for embeddings alone",
                )
            return cls(endpoint, description, batch)

    @property
    def name(self) -> str:
        return self._endpoint.shown

    @property
    def destination(self) -> str:
        return self._endpoint.destination

    @cached_property
    def _identity(self) -> str:
        address = self._endpoint.filled_address
        return digest_of([self.kind, address, self._endpoint.headers, self._description.identity])

    def identity(self) -> str:
        """A hash of the address and of everything that decides the request; no credential."""
        return self._identity

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self._description.answered_labels

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        tensor = prepare_input(pictures, self._description.input)
        question = str(uuid.uuid4())
        body = json.dumps(self._question(question, tensor, gate)).encode()

        def read(answer: object) -> tuple[Scores, str | None]:
            try:
                raw, version = self._read(answer, question, len(pictures))
                return output_scores(self.name, raw, self._description), version
            except AnswerError as error:
                message = f"the answer of {self.name} can't be used: {error}"
                raise AnswerError(message, hint=error.hint) from None

        scores, version = self._infer.call(body, read, gate)
        self.version = version or self.version
        check_probabilities(self.name, scores)
        return scores

    def close(self) -> None:
        self._about.close()
        self._infer.close()

    def _question(self, question: str, tensor: NDArray[Any], gate: Gate) -> dict[str, object]:
        with self._lock:  # the first of several threads looks the input up for all
            if self._input_name is None:
                self._input_name = self._about.call(b"", self._read_input, gate)
        datatype = _DATATYPES[self._description.input.dtype]
        data = {"shape": tensor.shape, "datatype": datatype, "data": tensor.ravel().tolist()}
        asked: dict[str, object] = {"id": question, "inputs": [{"name": self._input_name, **data}]}
        if (output := self._description.output_name) is not None:
            asked["outputs"] = [{"name": output}]
        return asked

    def _read_input(self, about: Any) -> str:
        """The name of the model's input, which must take what the description makes."""
        try:
            (only,) = about["inputs"]
            name, datatype = short_text("its input", only["name"]), str(only["datatype"])[:40]
            shape = [int(side) for side in only["shape"]][:16]
        except (TypeError, KeyError, ValueError, OverflowError, AnswerError):
            raise TargetUnusable(
                f"{self.name} must announce one input, with name, shape and datatype,"
                f" got {outline(about)}",
                hint="the address must be http://HOST/v2/models/MODEL[/versions/VERSION]",
            ) from None
        made = self._description.input
        fits = len(shape) == 4 and all(
            side in {-1, wanted} for side, wanted in zip(shape[1:], made.shape, strict=True)
        )
        if datatype != _DATATYPES[made.dtype] or not fits:
            raise TargetUnusable(
                f"the input of {self.name} is {datatype!a} of shape {shape}, but its description"
                f" makes {_DATATYPES[made.dtype]} of shape {['n', *made.shape]} ({made.layout})",
                hint="compare size, layout, channels and dtype",
            )
        return name

    def _read(
        self, answer: Any, question: str, count: int
    ) -> tuple[NDArray[np.float64], str | None]:
        """The output's values, shape (pictures, ...), and the model's version."""
        try:
            outputs = {str(output["name"]): output for output in answer["outputs"]}
            name = self._description.output_name or next(iter(outputs))
            shape = tuple(int(side) for side in outputs[name]["shape"])
            values = np.asarray(outputs[name]["data"], np.float64)
            if math.prod(shape) != values.size or len(shape) > 8:
                raise ValueError("shape and data don't fit")
            values = values.reshape(shape)
        except (TypeError, KeyError, ValueError, OverflowError, StopIteration):
            raise AnswerError(
                "it must hold outputs, each with name, shape and numbers as data,"
                f" got {outline(answer)}"
            ) from None
        if answer.get("id", question) != question:
            raise AnswerError("it answers another request than the one sent")
        if len(outputs) > 1 and self._description.output_name is None:
            raise AnswerError(
                f"it has several outputs: {', '.join(ascii(name) for name in list(outputs)[:8])}",
                hint='say which in the description: [output] name = "..."',
            )
        if re.fullmatch(r"U?INT\d+", kind := str(outputs[name].get("datatype"))):
            raise AnswerError(
                f"its output {name!a} holds whole numbers ({kind}), and nothing says what they"
                " stand for",
                hint='name another in the description, [output] name = "...", or serve floats',
            )
        if values.ndim < 2 or len(values) != count:
            raise AnswerError(f"{count} pictures were asked, got scores of shape {values.shape}")
        version = answer.get("model_version")
        return values, None if version is None else short_text("its version", version)
