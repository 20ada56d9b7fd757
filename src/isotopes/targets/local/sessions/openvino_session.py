"""A network that OpenVINO runs: its own format, TensorFlow's, and what Keras makes of a file."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

# In onnxruntime's words; other types are named as OpenVINO does, and then don't fit a description.
TYPES = {"f32": "tensor(float)", "f16": "tensor(float16)", "u8": "tensor(uint8)"}
_UNKNOWN = re.compile(r"No conversion rule found for operations: ([^\n]+)")
_CUT = re.compile(r"exceed data size|index data cannot be mapped|cannot be parsed|Wrong index file")
# What to do, as a note: the person is told it instead of that the file may be damaged.
WITHOUT = (
    "have it converted to ONNX (docs/targets.md), or saved again, without them: with a signature"
    " that takes pictures as numbers, not as files"
)
_WHERE = ("Exception from", "Check '", "FrontEnd API failed")


def read(path: str) -> Any:
    """The network in an ``.xml`` file, or of TensorFlow, as an `openvino.Model`.

    The reader is chosen by name. OpenVINO by itself would try all that it has, and an ONNX graph
    in an ``.xml`` file might read further files.

    Raises:
        RuntimeError: OpenVINO can't read it; the message is one line.
    """
    from openvino.frontend import FrontEndManager

    try:
        reader = FrontEndManager().load_by_framework("ir" if path.endswith(".xml") else "tf")
        return reader.convert(reader.load(path))
    except Exception as error:  # noqa: BLE001 - each reader has errors of its own
        raise _error(str(error)) from None


class OpenVinoSession:
    """A compiled network. Each thread has a request of its own, and each request one core."""

    def __init__(self, model: Any) -> None:
        import openvino

        threads = str(_cores())
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",  # by default some processors round to bfloat16
            "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": "NO",
        }
        try:
            self._compiled = openvino.Core().compile_model(model, "CPU", settings)
        except Exception as error:  # noqa: BLE001 - likewise
            raise _error(str(error)) from None
        self._inputs = {_name(port): port for port in self._compiled.inputs}
        self._outputs = {_name(port): port for port in self._compiled.outputs}
        self._own = threading.local()

    def get_providers(self) -> list[str]:
        """Where it runs, in onnxruntime's words."""
        return ["CPUExecutionProvider"]

    def get_inputs(self) -> list[SimpleNamespace]:
        """What the network takes."""
        return [_about(name, port) for name, port in self._inputs.items()]

    def get_outputs(self) -> list[SimpleNamespace]:
        """What it gives."""
        return [_about(name, port) for name, port in self._outputs.items()]

    def get_modelmeta(self) -> SimpleNamespace:
        """No texts: these formats have no place for labels."""
        return SimpleNamespace(custom_metadata_map={})

    def run(self, names: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs called `names` for inputs by name."""
        if not hasattr(self._own, "request"):
            self._own.request = self._compiled.create_infer_request()
        request = self._own.request
        request.infer({self._inputs[name]: values for name, values in inputs.items()})
        return [np.array(request.get_tensor(self._outputs[name]).data) for name in names]


def _name(port: Any) -> str:
    # Keras's networks, and some converters', leave ports without a name.
    return str(min(port.get_names(), default=port.get_node().get_friendly_name()))


def _about(name: str, port: Any) -> SimpleNamespace:
    shape = port.get_partial_shape()
    sides = (
        [side.get_length() if side.is_static else None for side in shape]
        if shape.rank.is_static
        else []
    )
    kind = port.get_element_type().get_type_name()
    return SimpleNamespace(name=name, type=TYPES.get(kind, kind), shape=sides)


def _error(message: str) -> RuntimeError:
    if not (found := _UNKNOWN.search(message)):
        return RuntimeError(_reason(message))
    error = RuntimeError(f"it has operations that OpenVINO doesn't know: {found[1].strip()}")
    error.add_note(WITHOUT)
    return error


def _reason(message: str) -> str:
    """What an error of OpenVINO's says, without where in its source it was raised."""
    if _CUT.search(message):
        return "it is cut short or damaged: not all of its weights, or of its graph, are there"
    lines = (line.strip() for line in message.splitlines())
    said = [line for line in lines if line and not line.startswith(_WHERE)]
    return said[-1] if said else message


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
