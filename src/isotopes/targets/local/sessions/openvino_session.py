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

# OpenVINO's types in NumPy's words, and in onnxruntime's; others fit no description.
_BITS = (8, 16, 32, 64)
WHOLE = {f"{name[0]}{bits}": f"{name}{bits}" for name in ("int", "uint") for bits in _BITS}
TYPES = {"f32": "tensor(float)", "f16": "tensor(float16)"}
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


Steps = tuple[float, float, str]  # as `Tensor.steps`


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
        # A compiled network's graph is another one, in which this is no longer to be seen.
        ports = zip(self._compiled.inputs, model.inputs, strict=True)
        self._takes = {_name(port): _steps_of_input(source) for port, source in ports}
        ports = zip(self._compiled.outputs, model.outputs, strict=True)
        self._gives = {_name(port): _steps_of_output(source) for port, source in ports}
        self._own = threading.local()

    def get_providers(self) -> list[str]:
        """Where it runs, in onnxruntime's words."""
        return ["CPUExecutionProvider"]

    def get_inputs(self) -> list[SimpleNamespace]:
        """What the network takes."""
        return _about(self._inputs, self._takes)

    def get_outputs(self) -> list[SimpleNamespace]:
        """What it gives."""
        return _about(self._outputs, self._gives)

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


def _about(ports: Mapping[str, Any], steps: Mapping[str, Steps | None]) -> list[SimpleNamespace]:
    about = []
    for name, port in ports.items():
        shape = port.get_partial_shape()
        sides = (
            [side.get_length() if side.is_static else None for side in shape]
            if shape.rank.is_static
            else []
        )
        kind = port.get_element_type().get_type_name()
        kind = TYPES.get(kind, f"tensor({WHOLE.get(kind, kind)})")
        about.append(SimpleNamespace(name=name, type=kind, shape=sides, steps=steps[name]))
    return about


def _steps_of_input(port: Any) -> Steps | None:
    """What an input's whole numbers stand for, if the network says so.

    Networks from TensorFlow Lite do: by FakeQuantize, which maps whole numbers to floats.
    """
    kind = WHOLE.get(port.get_element_type().get_type_name())
    convert = _only_user(port)
    if kind is None or convert is None or convert.get_type_name() != "Convert":
        return None
    return _steps(_only_user(convert.output(0)), (1, 2), (3, 4), kind)


def _steps_of_output(port: Any) -> Steps | None:
    """The same of an output, where FakeQuantize maps floats to whole numbers."""
    kind = WHOLE.get(port.get_element_type().get_type_name())
    convert = port.get_node().input_value(0).get_node()
    if kind is None or convert.get_type_name() != "Convert":
        return None
    return _steps(convert.input_value(0).get_node(), (3, 4), (1, 2), kind)


def _only_user(port: Any) -> Any:
    users = list(port.get_target_inputs())
    return users[0].get_node() if len(users) == 1 else None


def _steps(node: Any, whole: tuple[int, int], floats: tuple[int, int], kind: str) -> Steps | None:
    """What FakeQuantize says, whose inputs at these places are the ends of both ranges."""
    if node is None or node.get_type_name() != "FakeQuantize":
        return None
    ends = [node.input_value(place).get_node() for place in (*whole, *floats)]
    if any(end.get_type_name() != "Constant" for end in ends):
        return None
    values = [np.unique(end.get_data()) for end in ends]
    if any(len(value) != 1 for value in values):
        return None  # a scale for each channel
    low, high, least, most = (float(value[0]) for value in values)
    if not (low < high and least < most):
        return None
    scale = (most - least) / (high - low)
    return scale, low - least / scale, kind


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
