"""A real, tiny ONNX network (one linear layer) and the same arithmetic in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save

from isotopes.targets import Picture
from isotopes.targets.local.description import Description, Output, write_description
from isotopes.targets.local.preprocess import Preprocessing

LABELS = ("ant", "bee", "cat", "dog", "elk")
SIZE = (6, 8)
INPUT = Preprocessing(SIZE, mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3), interpolation="area")


def weights(seed: int = 0) -> NDArray[np.float32]:
    """Of the layer, shape (inputs, labels)."""
    count = 3 * SIZE[0] * SIZE[1]
    return np.random.default_rng(seed).normal(0, 0.1, (count, len(LABELS))).astype(np.float32)


def write_network(
    path: Path,
    seed: int = 0,
    *,
    batch: int | str = "n",
    output: Output = "logits",
    shape: Sequence[int | str] = (3, *SIZE),
    factor: float = 1,
) -> Path:
    """Write PATH and the TOML file beside it.

    Args:
        batch: a number where the network takes so many at once, no more and no less.
        factor: of all weights.
    """
    nodes = [
        helper.make_node("Flatten", ["pictures"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes if output == "probabilities" else nodes[:2],
        "tiny",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [batch, len(LABELS)])],
        [numpy_helper.from_array(weights(seed) * np.float32(factor), "weights")],
    )
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    write_description(path.with_suffix(".toml"), Description(LABELS, INPUT, output))
    return path


def expected(pictures: Sequence[Picture], seed: int = 0) -> NDArray[np.float64]:
    """What the network answers to pictures of its own size: shape (n, labels)."""
    x = np.stack(pictures) / 255
    x = ((x - INPUT.mean) / INPUT.std).transpose(0, 3, 1, 2).reshape(len(pictures), -1)
    exponentials = np.exp(x @ weights(seed).astype(np.float64))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def pictures(count: int, size: tuple[int, int] = SIZE, seed: int = 0) -> list[Picture]:
    """`count` different random pictures."""
    return list(np.random.default_rng(seed).integers(0, 256, (count, *size, 3), dtype=np.uint8))
