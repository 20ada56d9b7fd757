"""Runs one network in a process of its own, for `network_process.py`, which starts it.

ONNX by onnxruntime; the other formats by the runtimes in `sessions/`.

A stranger's network may crash, fill the memory or never end; in this process it does no harm. This
file is run as a script and imports nothing but NumPy and onnxruntime, so that it starts in a
fraction of a second.

    python network_worker.py SOCKET < KEY

It listens at SOCKET. The first connection sends what to load and gets the network's inputs and
outputs. Each further connection names a shared file for inputs. Then, for each batch, it sends how
many pictures are in the file, and gets the outputs. Messages are JSON or plain arrays, never
pickles. The process ends with its parent, when standard input closes.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import mmap
import os
import shutil
import signal
import sys
import threading
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

import numpy as np

LARGEST_OUTPUT = 2**28  # bytes
FLOAT = "tensor(float)"  # in onnxruntime's words
GPU, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


def main() -> None:
    """Serve until the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    address, key = sys.argv[1], bytes.fromhex(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, args=(Path(address).parent,), daemon=True).start()
    with Listener(address, authkey=key) as listener:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        _discard_output()
        session = _load(listener.accept())
        while True:
            threading.Thread(target=_serve, args=(session, listener.accept()), daemon=True).start()


def _end_with_parent(folder: Path) -> None:
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)  # a killed parent can't do it
    os._exit(1)


def _discard_output() -> None:
    """onnxruntime writes to both streams, whatever its log level."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _load(control: Any) -> Any:
    order = json.loads(control.recv_bytes())
    try:
        session = RUNTIMES[order["runtime"]](order["model"], order["memory"])
        about = {
            "inputs": [_about(one) for one in session.get_inputs()],
            "outputs": [_about(one) for one in session.get_outputs()],
            "on_gpu": GPU in session.get_providers(),
            "metadata": dict(session.get_modelmeta().custom_metadata_map),
        }
    except BaseException as error:  # the parent must hear of any error
        advice = " ".join(getattr(error, "__notes__", ()))
        control.send_bytes(_message({"error": _reason(error), "advice": advice[:2000]}))
        raise
    control.send_bytes(_message(about))
    return session


def _onnxruntime(model: str, memory: int) -> Any:
    """The loaded network, with as much memory as it may have."""
    import onnxruntime

    providers = choose_providers(onnxruntime.get_available_providers(), memory)
    if len(providers) == 1:
        _limit_memory(memory)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # each batch on one core: see NetworkTarget
    return onnxruntime.InferenceSession(model, options, providers=providers)


def _litert(model: str, memory: int) -> Any:
    importlib.import_module("ai_edge_litert.interpreter")  # before memory is limited
    _limit_memory(memory)
    return _part("litert_session").LiteRtSession(model)


def _openvino(model: str, memory: int) -> Any:
    _forbid_telemetry()
    importlib.import_module("openvino")
    _limit_memory(memory)
    session = _part("openvino_session")
    return session.OpenVinoSession(session.read(model))


def _keras(model: str, memory: int) -> Any:
    _forbid_telemetry()
    part = _part("keras_session")
    config = part.read_config(model)
    _part("keras_layers").check_config(config)
    part.import_keras()
    _limit_memory(memory)
    return _part("openvino_session").OpenVinoSession(part.read(model))


def _forbid_telemetry() -> None:
    """OpenVINO reports its import to its makers, from a process that would outlive this one."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment] # forbids the import


RUNTIMES = {
    "onnxruntime": _onnxruntime,
    "litert": _litert,
    "openvino": _openvino,
    "keras": _keras,
}


def choose_providers(available: list[str], memory: int) -> list[Any]:
    """What onnxruntime should run a network on: a GPU if it can, else the processor.

    TF32 would round inputs to 10 bits, and answers would differ from the processor's by more than
    a model that changed does.

    Args:
        available: what this onnxruntime was built with.
        memory: bytes of the GPU's memory that the network may take.
    """
    if GPU not in available:
        return [CPU]
    exact = {"use_tf32": "0", "gpu_mem_limit": str(memory), "cudnn_conv_algo_search": "DEFAULT"}
    return [(GPU, exact), CPU]


def _part(name: str) -> Any:
    """A module in `sessions/`, which is not on Python's path."""
    place = Path(__file__).parent / "sessions" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _limit_memory(limit: int) -> None:
    """Make allocations beyond `limit` bytes fail here instead of filling the machine's memory."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not on every system
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + limit
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _about(value: Any) -> dict[str, Any]:
    steps = _steps(value)
    kind = value.type if steps is None else FLOAT
    return {"name": value.name, "type": kind, "shape": list(value.shape or ()), "steps": steps}


def _steps(value: Any) -> tuple[float, float, str] | None:
    """What the whole numbers of an input or output stand for: `Tensor.steps`."""
    found: tuple[float, float, str] | None = getattr(value, "steps", None)
    return found


def _quantised(values: Any, steps: tuple[float, float, str] | None) -> Any:
    """Floats as the whole numbers that stand for them."""
    if steps is None:
        return values
    scale, zero, kind = steps
    most = np.iinfo(kind)
    whole = np.rint(values / np.float32(scale) + np.float32(zero))
    return np.clip(whole, most.min, most.max).astype(kind)


def _floats(values: Any, steps: tuple[float, float, str] | None) -> Any:
    """What whole numbers stand for."""
    if steps is None:
        return values
    scale, zero, _ = steps
    return (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)


def _serve(session: Any, connection: Any) -> None:
    with contextlib.suppress(EOFError, OSError), connection:
        order = json.loads(connection.recv_bytes())
        with Path(order["room"]).open("r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        room = np.frombuffer(memory, order["dtype"]).reshape(order["shape"])
        source, result = order["input"], order["output"]
        takes = next((_steps(one) for one in session.get_inputs() if one.name == source), None)
        gives = next((_steps(one) for one in session.get_outputs() if one.name == result), None)
        connection.send_bytes(b"ready")
        while True:
            count = int.from_bytes(connection.recv_bytes(), "big")
            try:
                (value,) = session.run([result], {source: _quantised(room[:count], takes)})
                header, data = _packed(_floats(value, gives))
            except Exception as error:  # noqa: BLE001 - the parent must hear of it
                header, data = {"error": _reason(error)}, b""
            connection.send_bytes(_message(header))
            connection.send_bytes(data)


def _packed(value: Any) -> tuple[dict[str, Any], bytes]:
    """An output as a header and plain bytes: an array, or the maps that scikit-learn writes."""
    keys = None
    if isinstance(value, list):
        if not value or not all(isinstance(row, dict) for row in value):
            raise TypeError("it is a sequence, but not of maps from label to score")
        keys = list(value[0])
        if any(row.keys() != set(keys) for row in value):
            raise TypeError("its maps name different labels")
        value = np.array([[row[key] for key in keys] for row in value], np.float64)
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"it holds {array.dtype} and not numbers")
    if array.nbytes > LARGEST_OUTPUT:
        raise ValueError(f"it has {array.nbytes:,} bytes, more than {LARGEST_OUTPUT:,}")
    header = {"shape": array.shape, "dtype": array.dtype.str, "keys": keys}
    return header, array.tobytes()


def _reason(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than it may have"
    if type(error).__name__ == "InvalidProtobuf":  # onnxruntime's
        return "it is cut short or damaged: a part of it is none of ONNX's"
    return str(error)[:2000] or type(error).__name__


def _message(value: object) -> bytes:
    return json.dumps(value).encode()


if __name__ == "__main__":
    main()
