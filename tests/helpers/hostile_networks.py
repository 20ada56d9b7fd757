"""ONNX networks that a stranger may send: endless, huge, odd. Each reads 6 x 8 pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, save
from tiny_network import INPUT, LABELS, SIZE, weights

from isotopes.targets.local.description import Description, Output, write_description

ML = "ai.onnx.ml"


def write(
    path: Path,
    nodes: Sequence[Any],
    *,
    inputs: Sequence[Any] = (),
    outputs: Sequence[Any] = (),
    initializers: Sequence[Any] = (),
    description: Description | None = None,
    **how: Any,
) -> Path:
    """Write PATH and the TOML file beside it; by default with the tiny network's layer in it."""
    pictures = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, *SIZE])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(LABELS)])
    graph = helper.make_graph(
        list(nodes),
        "hostile",
        list(inputs) or [pictures],
        list(outputs) or [logits],
        [numpy_helper.from_array(weights(), "weights"), *initializers],
    )
    save(model(graph), path, **how)
    write_description(path.with_suffix(".toml"), description or Description(LABELS, INPUT))
    return path


def model(graph: Any) -> ModelProto:
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(ML, 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def layer(result: str = "logits") -> list[Any]:
    """The tiny network's own layer."""
    return [
        helper.make_node("Flatten", ["pictures"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], [result]),
    ]


def number(name: str, value: int) -> Any:
    return numpy_helper.from_array(np.array(value, np.int64), name)


def endless(path: Path, *, at_loading: bool = False) -> Path:
    """A network with a loop that never ends; or one that a runtime evaluates when it loads it."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["still"]),
            helper.make_node("Add", ["sum", "sum"], ["more"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, None),
        ],
    )
    start = "weights" if at_loading else "before"
    loop = helper.make_node("Loop", ["turns", "true", start], ["after"], body=body)
    true = numpy_helper.from_array(np.array(True), "true")
    tail = [
        helper.make_node("MatMul", ["flat", "after"], ["logits"])
        if at_loading
        else helper.make_node("Identity", ["after"], ["logits"])
    ]
    nodes = [*layer("before"), loop, *tail]
    return write(path, nodes, initializers=[number("turns", 2**62), true])


def hungry(path: Path, elements: int = 10**11, *, at_loading: bool = False) -> Path:
    """A network that makes an array of so many numbers, when it is loaded or when it is asked."""
    if at_loading:
        size = [helper.make_node("Identity", ["elements"], ["size"])]
    else:
        size = [
            helper.make_node("Shape", ["pictures"], ["shape"]),
            helper.make_node("Gather", ["shape", "first"], ["n"]),
            helper.make_node("Mul", ["n", "elements"], ["size"]),
        ]
    nodes = [
        *layer("plain"),
        *size,
        helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
        helper.make_node("ReduceMax", ["zeros"], ["most"], keepdims=0),
        helper.make_node("Add", ["plain", "most"], ["logits"]),
    ]
    several = numpy_helper.from_array(np.array([elements], np.int64), "elements")
    first = numpy_helper.from_array(np.array([0], np.int64), "first")
    return write(path, nodes, initializers=[several, first])


def zip_map(path: Path, keys: Sequence[str] | Sequence[int], labels: Sequence[str]) -> Path:
    """A network as scikit-learn exports one: a map from label to score for each picture."""
    names = {"classlabels_strings" if isinstance(keys[0], str) else "classlabels_int64s": keys}
    key = TensorProto.STRING if isinstance(keys[0], str) else TensorProto.INT64
    score = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    maps = helper.make_sequence_type_proto(helper.make_map_type_proto(key, score))
    nodes = [
        *layer(),
        helper.make_node("Softmax", ["logits"], ["softmax"], axis=1),
        helper.make_node("ZipMap", ["softmax"], ["maps"], domain=ML, **names),
    ]
    output = helper.make_value_info("maps", maps)
    description = Description(tuple(labels), INPUT, "probabilities")
    return write(path, nodes, outputs=[output], description=description)


def with_output(path: Path, nodes: Sequence[Any], kind: Any, output: Output = "logits") -> Path:
    """The tiny network, and what `nodes` make of its logits as output ``odd``."""
    value = kind if not isinstance(kind, int) else tensor("odd", kind, None)
    description = Description(LABELS, INPUT, output)
    return write(path, [*layer(), *nodes], outputs=[value], description=description)


def tensor(name: str, kind: int, shape: Sequence[int | str] | None) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def declaring(path: Path, shape: Sequence[int | str], description: Description) -> Path:
    """A network that declares this input, whatever it does with it."""
    pictures = tensor("pictures", TensorProto.FLOAT, shape)
    nodes = [
        helper.make_node("ReduceMean", ["pictures"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "last"], ["logits"]),
    ]
    last = numpy_helper.from_array(np.ones((3, len(LABELS)), np.float32), "last")
    logits = tensor("logits", TensorProto.FLOAT, [shape[0], len(LABELS)])
    return write(
        path,
        nodes,
        inputs=[pictures],
        outputs=[logits],
        initializers=[last],
        description=description,
    )
