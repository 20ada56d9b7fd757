"""A TensorFlow Lite model, by LiteRT."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAMAGED = "it is cut short or damaged: its parts aren't where it says that they are"
TYPES = {  # in onnxruntime's words
    "float32": "tensor(float)",
    "float16": "tensor(float16)",
    "uint8": "tensor(uint8)",
}


class LiteRtSession:
    """The model in a file. Threads take turns: an interpreter has one set of tensors."""

    def __init__(self, path: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_path=path, num_threads=1)
        except ValueError as error:  # LiteRT verifies a file before it loads it
            if "valid Flatbuffer" in str(error):
                raise ValueError(DAMAGED) from None
            raise
        self._interpreter.allocate_tensors()
        self._inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        self._lock = threading.Lock()

    def get_providers(self) -> list[str]:
        """Where it runs, in onnxruntime's words."""
        return ["CPUExecutionProvider"]

    def get_inputs(self) -> list[SimpleNamespace]:
        """What the model takes."""
        return [_about(one) for one in self._inputs]

    def get_outputs(self) -> list[SimpleNamespace]:
        """What it gives."""
        return [_about(one) for one in self._outputs]

    def get_modelmeta(self) -> SimpleNamespace:
        """No texts: what authors store is a file of its own in the model."""
        return SimpleNamespace(custom_metadata_map={})

    def run(self, names: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs called `names` for inputs by name."""
        with self._lock:
            for one in self._inputs:
                self._interpreter.set_tensor(one["index"], inputs[one["name"]])
            self._interpreter.invoke()
            return [
                np.array(self._interpreter.get_tensor(one["index"]))
                for name in names
                for one in self._outputs
                if one["name"] == name
            ]


def _about(details: Mapping[str, Any]) -> SimpleNamespace:
    # A signature has -1 for a free size, but a change of size needs new tensors. So the model
    # is run at the size that it was stored with, which is nearly always one picture.
    shape = [int(side) for side in details["shape"]]
    dtype = np.dtype(details["dtype"])
    kind = TYPES.get(dtype.name, f"tensor({dtype.name})")
    scale, zero = details["quantization"]
    quantised = dtype.kind in "iu" and scale > 0
    steps = (float(scale), float(zero), dtype.name) if quantised else None
    return SimpleNamespace(name=details["name"], type=kind, shape=shape, steps=steps)
