"""The tiny network of `tiny_network.py` as a TensorFlow Lite file, made without TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tiny_network import INPUT, LABELS, SIZE, weights

from isotopes.targets.local.description import Description, write_description

STEP, ZERO = 0.125, 100
FINE, CENTRE = 0.03, {"int8": 10, "uint8": 120}
HOW = type(INPUT)(**{**vars(INPUT), "layout": "nhwc"})


def write_tflite(
    path: Path, seed: int = 0, *, batch: int = 1, quantised: bool = False, taken: str = "float32"
) -> Path:
    """Write PATH and the TOML file beside it.

    Args:
        batch: how many pictures it takes at once.
        quantised: the logits come as bytes, in steps of STEP around ZERO.
        taken: "int8" or "uint8" for pictures as such bytes, in steps of FINE around `CENTRE`.
    """
    # The weights are in the order of channels, rows, columns; TFLite's pictures are not.
    moved = weights(seed).reshape(3, *SIZE, len(LABELS)).transpose(1, 2, 0, 3)
    path.write_bytes(
        _model(np.ascontiguousarray(moved.reshape(-1, len(LABELS)).T), batch, quantised, taken)
    )
    write_description(path.with_suffix(".toml"), Description(LABELS, HOW))
    return path


def _model(matrix: NDArray[np.float32], batch: int, quantised: bool, taken: str) -> bytes:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model: Any = schema.ModelT()
    model.version = 3
    inputs = matrix.shape[1]
    model.buffers = [
        _buffer(schema, data)
        for data in (b"", matrix.tobytes(), np.array([batch, inputs], np.int32).tobytes())
    ]
    graph: Any = schema.SubGraphT()
    graph.tensors = [
        _tensor(schema, b"pictures", [batch, *SIZE, 3], 0),
        _tensor(schema, b"shape", [2], 2, schema.TensorType.INT32),
        _tensor(schema, b"flat", [batch, inputs], 0),
        _tensor(schema, b"weights", list(matrix.shape), 1),
        _tensor(schema, b"logits", [batch, len(LABELS)], 0),
    ]
    steps = [
        (schema.BuiltinOperator.RESHAPE, [0, 1], [2]),
        (schema.BuiltinOperator.FULLY_CONNECTED, [2, 3, -1], [4]),
    ]
    source = 0
    if taken in CENTRE:
        source = len(graph.tensors)
        graph.tensors.append(
            _tensor(
                schema, b"bytes in", [batch, *SIZE, 3], 0, getattr(schema.TensorType, taken.upper())
            )
        )
        how = graph.tensors[-1].quantization = schema.QuantizationParametersT()
        how.scale, how.zeroPoint = [FINE], [CENTRE[taken]]
        steps.insert(0, (schema.BuiltinOperator.DEQUANTIZE, [source], [0]))
    if quantised:
        graph.tensors.append(
            _tensor(schema, b"bytes", [batch, len(LABELS)], 0, schema.TensorType.UINT8)
        )
        how = graph.tensors[-1].quantization = schema.QuantizationParametersT()
        how.scale, how.zeroPoint = [STEP], [ZERO]
        steps.append((schema.BuiltinOperator.QUANTIZE, [4], [len(graph.tensors) - 1]))
    graph.inputs, graph.outputs = [source], [steps[-1][2][0]]
    model.operatorCodes, graph.operators = [], []
    for place, (code, takes, gives) in enumerate(steps):
        known: Any = schema.OperatorCodeT()
        known.builtinCode = known.deprecatedBuiltinCode = code
        known.version = 1
        model.operatorCodes.append(known)
        operator: Any = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = place, takes, gives
        if code == schema.BuiltinOperator.FULLY_CONNECTED:
            operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
            operator.builtinOptions = schema.FullyConnectedOptionsT()
        graph.operators.append(operator)
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _buffer(schema: Any, data: bytes) -> Any:
    made = schema.BufferT()
    made.data = list(data) or None
    return made


def _tensor(
    schema: Any, name: bytes, shape: list[int], buffer: int, kind: int | None = None
) -> Any:
    made = schema.TensorT()
    made.name, made.shape, made.buffer = name, shape, buffer
    made.type = schema.TensorType.FLOAT32 if kind is None else kind
    return made
