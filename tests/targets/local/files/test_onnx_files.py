"""Which files a network reads, against the `onnx` package as an independent reader."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import onnx
import pytest
from hostile_networks import layer, model, write
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data
from tiny_network import LABELS, SIZE, pictures, weights, write_network

from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.files.onnx_files import external_files


def external(name: str, location: str) -> TensorProto:
    tensor = numpy_helper.from_array(weights(), name)
    set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    return tensor


def branch(tensor: TensorProto) -> onnx.GraphProto:
    value = helper.make_tensor_value_info("chosen", TensorProto.FLOAT, None)
    node = helper.make_node("Constant", [], ["chosen"], value=tensor)
    return helper.make_graph([node], "branch", [], [value])


def test_every_place_that_may_name_a_file_is_seen(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [
            helper.make_node("Constant", [], ["a"], value=external("a", "in a node.bin")),
            helper.make_node(
                "If",
                ["condition"],
                ["b"],
                then_branch=branch(external("b", "in a subgraph.bin")),
                else_branch=branch(external("c", "folder/in another.bin")),
            ),
        ],
        "graph",
        [],
        [],
        [external("d", "in the graph.bin"), numpy_helper.from_array(weights(), "inside")],
    )
    sparse = helper.make_sparse_tensor(
        external("e", "sparse.bin"), numpy_helper.from_array(np.arange(3), "indices"), [9]
    )
    graph.sparse_initializer.append(sparse)
    network = model(graph)
    function = helper.make_function(
        "mine",
        "f",
        [],
        ["x"],
        [helper.make_node("Constant", [], ["x"], value=external("f", "in a function.bin"))],
        [helper.make_opsetid("", 17)],
    )
    network.functions.append(function)
    path = tmp_path / "m.onnx"
    path.write_bytes(network.SerializeToString())
    assert tuple(external_files(path)) == (
        "folder/in another.bin",
        "in a function.bin",
        "in a node.bin",
        "in a subgraph.bin",
        "in the graph.bin",
        "sparse.bin",
    )


def test_a_network_in_one_file_names_none(tmp_path: Path) -> None:
    assert external_files(write_network(tmp_path / "m.onnx")) == {}


@pytest.mark.parametrize("name", ["weights.bin", "m.onnx.data", "160ea76f.data"])
def test_the_identity_covers_weights_in_another_file(tmp_path: Path, name: str) -> None:
    identities, answers = set(), []
    for seed in (0, 1):
        tensor = numpy_helper.from_array(weights(seed), "weights")
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = write(
            folder / "m.onnx",
            layer(),
            save_as_external_data=True,
            location=name,
            size_threshold=0,
        )
        (folder / name).write_bytes(tensor.raw_data)
        assert tuple(external_files(path)) == (name,)
        target = OnnxTarget(path)
        identities.add(target.identity())
        answers.append(target.ask(pictures(2)).values)
    assert len(identities) == 2
    assert (tmp_path / "0" / "m.onnx").read_bytes() == (tmp_path / "1" / "m.onnx").read_bytes()
    assert not np.allclose(answers[0], answers[1])


def test_what_is_no_network_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    for data in (b"", b"\xff" * 40, b"\x3a\x7f", b"\x0b", b"\x08" + b"\x80" * 20):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="empty|a part|no graph"):
            external_files(path)


def test_damage_gives_names_or_an_error_and_never_anything_else(tmp_path: Path) -> None:
    network = model(
        helper.make_graph(
            layer(),
            "tiny",
            [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, *SIZE])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(LABELS)])],
            [external("weights", "w.bin")],
        )
    ).SerializeToString()
    rng, path = random.Random(0), tmp_path / "m.onnx"
    for _ in range(500):
        data = bytearray(network)
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            names = external_files(path)
        except ValueError:
            continue
        assert all(isinstance(name, str) for name in names)
