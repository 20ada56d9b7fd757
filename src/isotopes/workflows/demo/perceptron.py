"""Somebody's network: trained on a folder of pictures, and published as an ONNX file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.photos import read_folder
from isotopes.targets.local.description import Description, write_description
from isotopes.targets.local.preprocess import Preprocessing, prepare_input

INPUT = Preprocessing((16, 16), mean=(0.5,) * 3, std=(1.0,) * 3)
HIDDEN = 128
EPOCHS = 40
OPSET, IR_VERSION = 17, 8  # old enough for every onnxruntime that we accept


@dataclass(frozen=True)
class LabelledPictures:
    """A labelled set of pictures, as a network takes them.

    Attributes:
        inputs: float32, shape (n, 3, height, width).
        labels: one for each picture.
    """

    inputs: NDArray[np.float32]
    labels: list[str]


def read_pictures(folders: Iterable[Path]) -> LabelledPictures:
    """All pictures of some folders, each of which holds one label's and is called like it."""
    found = [(folder.name, picture) for folder in folders for _, picture in read_folder(folder)]
    inputs = prepare_input([picture for _, picture in found], INPUT)
    return LabelledPictures(inputs, [label for label, _ in found])


def train_perceptron(pictures: LabelledPictures, seed: int) -> Any:
    """A small scikit-learn network with one hidden layer."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    network = MLPClassifier(
        (HIDDEN,), batch_size=64, max_iter=EPOCHS, n_iter_no_change=EPOCHS, random_state=seed
    )
    # On one thread: several add in another order, and a network that differs in one bit is another
    # target, which is asked other probes.
    with warnings.catch_warnings(), threadpool_limits(1):
        # The number of epochs is fixed, so that it always "stops before it has converged".
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(pictures.inputs.reshape(len(pictures.inputs), -1), pictures.labels)
    return network


def accuracy(network: Any, pictures: LabelledPictures) -> float:
    """Accuracy: the fraction of pictures labelled correctly."""
    flat = pictures.inputs.reshape(len(pictures.inputs), -1)
    return float(network.score(flat, pictures.labels))


def write_onnx(network: Any, path: Path) -> None:
    """Write the network as ONNX, with its description beside it: one Gemm for each layer."""
    from onnx import TensorProto, checker, helper, numpy_helper, save_model

    nodes = [helper.make_node("Flatten", ["pictures"], ["layer0"], axis=1)]
    weights = []
    layers = list(zip(network.coefs_, network.intercepts_, strict=True))
    for number, (coefficients, intercepts) in enumerate(layers):
        last = number == len(layers) - 1
        names = [f"w{number}", f"b{number}"]
        arrays = (coefficients.astype(np.float32), intercepts.astype(np.float32))
        weights += [numpy_helper.from_array(a, n) for a, n in zip(arrays, names, strict=True)]
        out = "logits" if last else f"sum{number}"
        nodes.append(helper.make_node("Gemm", [f"layer{number}", *names], [out]))
        if not last:
            nodes.append(helper.make_node("Relu", [out], [f"layer{number + 1}"]))
    shape: list[str | int | None] = ["n", 3, *INPUT.size]
    graph = helper.make_graph(
        nodes,
        "demo",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(network.classes_)])],
        weights,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    checker.check_model(model)
    save_model(model, path)
    labels = tuple(str(label) for label in network.classes_)
    write_description(path.with_suffix(".toml"), Description(labels, INPUT))
