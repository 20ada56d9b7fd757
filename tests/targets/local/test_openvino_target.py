"""OpenVINO's own format, and TensorFlow's, which the same runtime reads.

Networks of the contract's two seeds differ in the files of weights alone, so the contract shows
that identities cover these.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import openvino
import pytest
from openvino import opset13 as ops
from tiny_network import INPUT, LABELS, SIZE, expected, pictures, write_network
from tiny_openvino import write_openvino
from tiny_tensorflow import VARIABLES, write_saved_model
from tiny_tflite import HOW, STEP, write_tflite

from isotopes.errors import TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.kinds.openvino import OpenVinoTarget
from isotopes.targets.kinds.tensorflow import GRAPH, TensorFlowTarget
from isotopes.targets.local.description import Description, write_description
from isotopes.targets.local.network_process import NetworkLimits


def test_openvino_tells_nobody_that_it_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its telemetry would start a process, which even outlives the worker."""
    told = tmp_path / "told"
    (tmp_path / "openvino_telemetry.py").write_text(f"open({str(told)!r}, 'w').close()")
    there = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", there)
    OpenVinoTarget(write_openvino(tmp_path / "model.xml")).close()
    assert not told.exists()


def test_without_weights_it_says_so(tmp_path: Path) -> None:
    path = write_openvino(tmp_path / "model.xml")
    path.with_suffix(".bin").unlink()
    with pytest.raises(TargetUnusable, match=r"model\.bin is missing: model\.xml needs it"):
        open_target(str(path))


def test_only_the_named_format_is_read(tmp_path: Path) -> None:
    """An ONNX graph names further files, which the identity of these kinds doesn't cover."""
    network = write_network(tmp_path / "model.onnx").read_bytes()
    for name in ("model.xml", "model.pb"):
        (tmp_path / name).write_bytes(network)
        with pytest.raises(TargetUnusable, match="but looks like an ONNX network") as caught:
            open_target(str(tmp_path / name))
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
def test_a_network_that_fills_the_memory_fails_alone(tmp_path: Path) -> None:
    source = ops.parameter([-1, 3, *SIZE], np.float32, name="pictures")
    wide = ops.pad(source, np.zeros(4, np.int64), np.array([0, 2, 20_000, 20_000]), "constant")
    most = ops.reduce_max(wide, np.array([2, 3]), keep_dims=False)  # of 8 GB
    model = openvino.Model([ops.result(most, name="logits")], [source])
    openvino.save_model(model, tmp_path / "model.xml")
    write_description(tmp_path / "model.toml", Description(LABELS, INPUT))
    target = OpenVinoTarget(tmp_path / "model.xml", limits=NetworkLimits(10.0, 2**30))
    with pytest.raises(TargetUnusable, match="can't be run on these pictures|crashed") as caught:
        target.ask(pictures(1))
    assert "\n" not in str(caught.value)
    target.close()


@pytest.mark.parametrize("taken", ["float32", "int8", "uint8"])
def test_a_quantised_network_from_tensorflow_lite_takes_and_gives_floats(
    tmp_path: Path, taken: str
) -> None:
    pytest.importorskip("ai_edge_litert")
    lite = write_tflite(tmp_path / "lite.tflite", quantised=True, taken=taken)
    openvino.save_model(openvino.Core().read_model(lite), tmp_path / "model.xml")
    write_description(tmp_path / "model.toml", Description(LABELS, HOW))
    answers = []
    for path in (lite, tmp_path / "model.xml"):
        target = open_target(str(path))
        answers.append(np.log(target.ask(pictures(4)[:1]).values))
        target.close()
    centred = [one - one.mean(axis=1, keepdims=True) for one in answers]
    np.testing.assert_allclose(*centred, atol=STEP)  # a half is rounded up by one of them
    assert np.ptp(centred[0]) > 4 * STEP


def test_whole_numbers_that_stand_for_nothing_are_refused(tmp_path: Path) -> None:
    source = ops.parameter([-1, 3, *SIZE], np.float32, name="pictures")
    sums = ops.reduce_sum(source, np.array([2, 3]), keep_dims=False)
    whole = ops.convert(sums, "u8")
    both = [ops.result(sums, name="sums"), ops.result(whole, name="bytes")]
    for node, name in zip((sums, whole), ("sums", "bytes"), strict=True):
        node.output(0).set_names({name})
    for outputs, hint in ((both, "sums"), (both[1:], "outputs of floats")):
        openvino.save_model(openvino.Model(outputs, [source]), tmp_path / "model.xml")
        about = Description(("a", "b", "c"), INPUT, output_name="bytes")
        write_description(tmp_path / "model.toml", about)
        with pytest.raises(TargetUnusable, match="'bytes' holds whole numbers") as caught:
            OpenVinoTarget(tmp_path / "model.xml")
        assert hint in str(caught.value.hint)


@pytest.mark.parametrize("place", ["", GRAPH])
def test_a_saved_model_is_named_by_its_folder_or_its_graph(tmp_path: Path, place: str) -> None:
    folder = write_saved_model(tmp_path / "v1.2", 1)  # what follows the dot is no ending
    target = open_target(str(folder / place))
    assert isinstance(target, TensorFlowTarget)
    assert target.name == "v1.2"
    np.testing.assert_allclose(target.ask(pictures(3)).values, expected(pictures(3), 1), atol=1e-6)
    target.close()


def test_a_saved_model_with_code_in_it_is_refused(tmp_path: Path) -> None:
    folder = write_saved_model(tmp_path / "saved")
    graph = (folder / GRAPH).read_bytes()
    assert b"MatMul" in graph
    # An operation that calls Python; its name has as many letters, so the lengths stay right.
    (folder / GRAPH).write_bytes(graph.replace(b"MatMul", b"PyFunc"))
    with pytest.raises(
        TargetUnusable, match="operations that OpenVINO doesn't know: PyF"
    ) as caught:
        open_target(str(folder))
    assert "converted to ONNX" in str(caught.value.hint)
    assert "damaged" not in str(caught.value.hint)


def test_what_is_no_network_is_said(tmp_path: Path) -> None:
    with pytest.raises(TargetUnusable, match=r"there is no OpenVINO file .*absent\.xml"):
        open_target(str(tmp_path / "absent.xml"))
    with pytest.raises(TargetUnusable, match=r"there is no TensorFlow file .*absent\.pb"):
        open_target(str(tmp_path / "absent.pb"))
    folder = write_saved_model(tmp_path / "saved")
    (folder / VARIABLES).unlink()
    with pytest.raises(TargetUnusable, match="variables.data-00000-of-00001 is missing"):
        open_target(str(folder))
