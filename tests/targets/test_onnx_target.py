from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import hostile_networks as hostile
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from tiny_network import INPUT, LABELS, SIZE, expected, pictures, weights, write_network
from typer.testing import CliRunner

from isotopes.cli.main import app
from isotopes.errors import AnswerError, TargetError
from isotopes.targets import Completeness
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Description
from isotopes.targets.templates import describe_network


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_network(tmp_path / "tiny.onnx")


@pytest.mark.parametrize("output", ["logits", "probabilities"])
def test_answers_as_the_same_arithmetic_in_numpy(tmp_path: Path, output: str) -> None:
    target = OnnxTarget(write_network(tmp_path / "tiny.onnx", output=output))
    some = pictures(7)
    scores = target.ask(some)
    assert scores.labels == LABELS
    assert scores.completeness is Completeness.FULL
    np.testing.assert_allclose(scores.values, expected(some), atol=1e-6)


def test_logits_in_the_thousands_do_not_overflow(tmp_path: Path) -> None:
    scores = OnnxTarget(write_network(tmp_path / "tiny.onnx", factor=1e4)).ask(pictures(5))
    np.testing.assert_allclose(scores.values.sum(axis=1), 1)
    np.testing.assert_array_equal(scores.top(), expected(pictures(5)).argmax(axis=1))


def test_a_fixed_batch_is_filled_up(tmp_path: Path) -> None:
    target = OnnxTarget(write_network(tmp_path / "tiny.onnx", batch=4))
    assert target.batch_size == 4
    some = pictures(3)
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-6)


def test_large_inputs_make_small_batches(tmp_path: Path) -> None:
    path = write_network(tmp_path / "tiny.onnx", shape=("channels", "height", "width"))
    assert OnnxTarget(path).batch_size == 32
    large = Description(LABELS, replace(INPUT, size=(224, 224)))
    assert OnnxTarget(path, large).batch_size == 10


def test_identity_is_that_of_bytes_and_description(tmp_path: Path, network: Path) -> None:
    same = write_network(tmp_path / "elsewhere.onnx")
    assert OnnxTarget(network).identity() == OnnxTarget(same).identity()
    other_labels = Description(tuple(reversed(LABELS)), INPUT)
    assert OnnxTarget(network).identity() != OnnxTarget(network, other_labels).identity()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": (8, 6)}, r"its input has shape \['n', 3, 6, 8\].*\['n', 3, 8, 6\] \(nchw\)"),
        ({"layout": "nhwc"}, r"\['n', 6, 8, 3\] \(nhwc\)"),
        ({"channels": "grey", "mean": (0,), "std": (1,)}, r"\['n', 1, 6, 8\]"),
        ({"dtype": "float16"}, r"its input is a tensor\(float\), but .* says float16"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    network: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(TargetError, match=message) as caught:
        OnnxTarget(network, Description(LABELS, replace(INPUT, **change)))
    assert str(network) in str(caught.value)


def test_labels_and_outputs_that_do_not_fit_are_refused(network: Path) -> None:
    with pytest.raises(TargetError, match="'logits' has 5 scores, but its description has 2"):
        OnnxTarget(network, Description(("a", "b"), INPUT))
    with pytest.raises(TargetError, match="no output 'probs'; it has: logits"):
        OnnxTarget(network, Description(LABELS, INPUT, output_name="probs"))


def write_several(network: Path) -> None:
    """A network that gives its features, its logits, and the best label's place."""
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["pictures"], ["features"]),
            helper.make_node("MatMul", ["features", "weights"], ["logits"]),
            helper.make_node("ArgMax", ["logits"], ["best"], axis=1, keepdims=0),
        ],
        "two",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, *SIZE])],
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3 * 6 * 8]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(LABELS)]),
            helper.make_tensor_value_info("best", TensorProto.INT64, ["n"]),
        ],
        [numpy_helper.from_array(weights(), "weights")],
    )
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), network)


def test_one_of_several_outputs_must_be_named(tmp_path: Path) -> None:
    network = tmp_path / "two.onnx"
    write_several(network)
    with pytest.raises(TargetError, match="several outputs: features, logits, best") as caught:
        OnnxTarget(network, Description(LABELS, INPUT))
    assert "[output] name" in str(caught.value.hint)
    named = OnnxTarget(network, Description(LABELS, INPUT, output_name="logits"))
    np.testing.assert_allclose(named.ask(pictures(2)).values, expected(pictures(2)), atol=1e-6)
    with pytest.raises(
        TargetError, match=r"'best' holds whole numbers \(tensor.int64.\)"
    ) as caught:
        OnnxTarget(network, Description(LABELS, INPUT, output_name="best"))
    assert "features, logits" in str(caught.value.hint)


def test_a_draft_names_every_output(tmp_path: Path) -> None:
    network = tmp_path / "two.onnx"
    write_several(network)
    draft = describe_network(network)
    assert tomllib.loads(draft)["output"] == {"kind": "logits", "name": "logits"}
    said = 'several outputs: "features" [n, 144], "logits" [n, 5], "best" [n]; name the one with'
    assert said in draft
    done = CliRunner().invoke(app, ["targets", "describe", str(network)])
    assert said in done.stderr


@pytest.mark.parametrize("shape", [("n", 1, 1, 5), ("n", 5, 1, 1), (None, None, None, None)])
def test_axes_of_length_1_around_the_scores_do_not_matter(
    tmp_path: Path, shape: tuple[int | str | None, ...]
) -> None:
    sides = np.array([-1, 5, 1, 1] if shape[1] == 5 else [-1, 1, 1, 5])
    network = hostile.write(
        tmp_path / "tiny.onnx",
        [*hostile.layer(), helper.make_node("Reshape", ["logits", "to"], ["apart"])],
        outputs=[helper.make_tensor_value_info("apart", TensorProto.FLOAT, shape)],
        initializers=[numpy_helper.from_array(sides, "to")],
    )
    some = pictures(2)
    np.testing.assert_allclose(OnnxTarget(network).ask(some).values, expected(some), atol=1e-6)


def test_files_that_are_no_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"there is no ONNX file .*missing\.onnx"):
        OnnxTarget(tmp_path / "missing.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a protocol buffer")
    with pytest.raises(TargetError, match=r"broken\.onnx is damaged, or no ONNX file"):
        OnnxTarget(broken)
    write_network(tmp_path / "undescribed.onnx").with_suffix(".toml").unlink()
    with pytest.raises(TargetError, match=r"there is no file .*undescribed\.toml") as caught:
        OnnxTarget(tmp_path / "undescribed.onnx")
    assert "docs/descriptions.md" in str(caught.value.hint)


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused(tmp_path: Path, factor: float) -> None:
    broken = OnnxTarget(write_network(tmp_path / "tiny.onnx", factor=factor))
    with pytest.raises(AnswerError, match=r"tiny\.onnx answered with NaN or infinity"):
        broken.ask(pictures(2))


def test_logits_declared_probabilities_are_noticed(network: Path) -> None:
    declared = Description(LABELS, INPUT, "probabilities", "logits")
    with pytest.raises(AnswerError, match=r"must be probabilities in \[0, 1\]"):
        OnnxTarget(network, declared).ask(pictures(2))


def test_probabilities_declared_logits_are_noticed(tmp_path: Path) -> None:
    network = write_network(tmp_path / "tiny.onnx", output="probabilities")
    with pytest.raises(AnswerError, match="declared logits, but lie in") as caught:
        OnnxTarget(network, Description(LABELS, INPUT)).ask(pictures(2))
    assert 'kind = "probabilities"' in str(caught.value.hint)
