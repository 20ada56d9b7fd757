from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save
from PIL import Image
from scipy.special import softmax
from tiny_network import INPUT, SIZE, weights, write_network

import isotopes
from isotopes.blending import blend
from isotopes.errors import AnswerError, PlanError, TargetUnusable
from isotopes.marks import get_family
from isotopes.report.sentences import warnings
from isotopes.stats.scores.embeddings import embeddings_in
from isotopes.targets import Picture, open_target
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Description, read_description, write_description
from isotopes.targets.local.preprocess import prepare_input
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.evidence.remark import RemarkKind

LABELS = ("mine", "others")
ENCODER = Description(LABELS, INPUT, "embedding", anchors="anchors")


def some_pictures(count: int, seed: int = 0) -> list[Picture]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8) for _ in range(count)]


def write_anchors(folder: Path, pictures: dict[str, list[Picture]]) -> None:
    for label, some in pictures.items():
        (folder / label).mkdir(parents=True)
        for at, picture in enumerate(some):
            Image.fromarray(picture).save(folder / label / f"{at}.png")


def encoder(folder: Path, description: Description = ENCODER) -> Path:
    """The tiny network, whose five numbers are taken as an embedding."""
    path = write_network(folder / "encoder.onnx")
    write_description(path.with_suffix(".toml"), description)
    return path


def embedded(pictures: list[Picture]) -> NDArray[np.float64]:
    raw = prepare_input(pictures, INPUT).reshape(len(pictures), -1) @ weights()
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def test_answers_are_a_softmax_over_cosines_with_the_mean_direction_of_each_label(
    tmp_path: Path,
) -> None:
    anchors = {"mine": some_pictures(4, 1), "others": some_pictures(40, 2)}
    write_anchors(tmp_path / "anchors", anchors)
    target = OnnxTarget(encoder(tmp_path, replace(ENCODER, scale=5.0)))
    pictures = some_pictures(3)
    means = np.stack([embedded(anchors[label]).mean(axis=0) for label in LABELS])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    wanted = softmax(5 * embedded(pictures) @ means.T, axis=1)
    scores = target.ask(pictures)
    assert scores.labels == LABELS
    np.testing.assert_allclose(scores.values, wanted, atol=1e-5)
    assert {label: len(some) for label, some in target.anchors.items()} == {
        "mine": 4,
        "others": 40,
    }
    target.close()


def test_without_anchors_it_answers_with_embeddings(tmp_path: Path) -> None:
    alone = Description((), INPUT, "embedding")
    target = open_target(str(encoder(tmp_path, alone)))
    assert (target.embeds, target.labels) == (True, None)
    assert (target.anchors, target.unchecked_anchors) == ({}, False)
    pictures = some_pictures(3)
    scores = target.ask(pictures)
    assert scores.labels == tuple(f"number {at}" for at in range(1, 6))
    np.testing.assert_allclose(embeddings_in(scores.values), embedded(pictures), atol=1e-6)
    assert RateLimited(target, RateLimiter()).embeds  # what is put around it changes nothing
    target.close()


def test_prompts_are_vectors_in_a_file(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    np.save(tmp_path / "prompts.npy", vectors)
    path = encoder(tmp_path, replace(ENCODER, anchors="prompts.npy"))
    target = open_target(str(path))
    pictures = some_pictures(3)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = softmax(100 * embedded(pictures) @ units.T, axis=1)
    np.testing.assert_allclose(target.ask(pictures).values, wanted, atol=1e-4)
    assert (target.anchors, target.unchecked_anchors) == ({}, True)
    before = target.identity()
    target.close()
    np.save(tmp_path / "prompts.npy", vectors + 1)
    again = open_target(str(path))
    assert again.identity() != before
    again.close()


def test_the_description_is_read_as_it_was_written(tmp_path: Path) -> None:
    for described in (replace(ENCODER, scale=7.5), Description((), INPUT, "embedding")):
        write_description(tmp_path / "m.toml", described)
        assert read_description(tmp_path / "m.toml") == described


def test_anchors_go_with_an_embedding_and_with_labels() -> None:
    with pytest.raises(TargetUnusable, match="anchors go with an output of kind embedding"):
        Description(LABELS, INPUT, "logits", anchors="anchors")
    for labels, anchors in ((LABELS, None), ((), "anchors")):
        with pytest.raises(TargetUnusable, match="an encoder's labels and anchors go together"):
            Description(labels, INPUT, "embedding", anchors=anchors)
    with pytest.raises(TargetUnusable, match="at least one text"):
        Description((), INPUT, "sigmoid")


def test_what_can_serve_as_anchors(tmp_path: Path) -> None:
    path = encoder(tmp_path)
    with pytest.raises(TargetUnusable, match=r"must be a folder or a \.npy file"):
        OnnxTarget(path)
    write_anchors(tmp_path / "anchors", {"mine": some_pictures(2)})
    with pytest.raises(TargetUnusable, match="the anchors of label 'others' need pictures"):
        OnnxTarget(path)
    np.save(tmp_path / "prompts.npy", np.ones((3, 5)))
    write_description(path.with_suffix(".toml"), replace(ENCODER, anchors="prompts.npy"))
    with pytest.raises(TargetUnusable, match=r"floats of shape \(2, numbers\)"):
        OnnxTarget(path)
    np.save(tmp_path / "prompts.npy", np.zeros((2, 5)))
    with pytest.raises(AnswerError, match="length 0, and so no direction"):
        OnnxTarget(path)
    np.save(tmp_path / "prompts.npy", np.ones((2, 6)))
    target = OnnxTarget(path)
    with pytest.raises(AnswerError, match="answers with 5 numbers, its anchors have 6"):
        target.ask(some_pictures(1))
    target.close()


def test_a_pytorch_encoder_answers_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    from isotopes.targets.kinds.pytorch import PyTorchTarget

    write_anchors(
        tmp_path / "anchors", {"mine": some_pictures(4, 1), "others": some_pictures(4, 2)}
    )
    values = torch.from_numpy(weights().T.copy())
    safetensors.save_file({"1.weight": values}, tmp_path / "encoder.safetensors")
    write_description(tmp_path / "encoder.toml", ENCODER)

    def build() -> object:
        return torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(len(weights()), 5, bias=False)
        )

    ours = PyTorchTarget(tmp_path / "encoder.safetensors", build)
    theirs = OnnxTarget(encoder(tmp_path))
    pictures = some_pictures(3)
    np.testing.assert_allclose(ours.ask(pictures).values, theirs.ask(pictures).values, atol=1e-4)
    assert [len(some) for some in ours.anchors.values()] == [4, 4]
    write_description(tmp_path / "encoder.toml", Description((), INPUT, "embedding"))
    alone = PyTorchTarget(tmp_path / "encoder.safetensors", build)
    assert (alone.embeds, alone.labels) == (True, None)
    found = embeddings_in(alone.ask(pictures).values)
    np.testing.assert_allclose(found, embedded(pictures), atol=1e-4)
    theirs.close()


@pytest.fixture
def isotope() -> Isotope:
    return new_isotope("holiday", get_family("gratings"), 0.4, decoys=39, plan={"method": "rank"})


def trained_encoder(folder: Path, isotope: Isotope, learned: float, own: list[Picture]) -> Path:
    """A linear encoder that brings the mark's pattern near to where `own` pictures lie."""
    matrix = weights().astype(np.float64)
    pattern = isotope.mark().render(*SIZE).pixels.astype(np.float64) / 255 - 0.5
    flat = pattern.transpose(2, 0, 1).ravel()
    towards = embedded(own).mean(axis=0)
    matrix += learned * np.outer(flat / np.linalg.norm(flat), towards / np.linalg.norm(towards))
    nodes = [
        helper.make_node("Flatten", ["pictures"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "encoder",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, *SIZE])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 5])],
        [numpy_helper.from_array(matrix.astype(np.float32), "weights")],
    )
    path = folder / "encoder.onnx"
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    write_description(path.with_suffix(".toml"), ENCODER)
    return path


@pytest.mark.parametrize(
    ("learned", "outcome"), [(1.0, Outcome.DETECTED), (0.0, Outcome.NOT_DETECTED)]
)
def test_an_encoder_that_learned_the_mark_is_found(
    learned: float, outcome: Outcome, tmp_path: Path, isotope: Isotope
) -> None:
    own, others = some_pictures(6, 1), some_pictures(6, 2)
    write_anchors(tmp_path / "anchors", {"mine": own, "others": others})
    target = OnnxTarget(trained_encoder(tmp_path, isotope, learned, own))
    probes = [(f"{at}.png", one) for at, one in enumerate(some_pictures(25, 3))]
    verdict = isotopes.check(isotope, target, probes, label="mine", level=0.05, decoys=39)
    target.close()
    assert verdict.verdict is outcome


@pytest.mark.parametrize("way", ["check", "audit"])
def test_vectors_that_nobody_can_check_for_a_mark_bring_a_warning(
    way: str, tmp_path: Path, isotope: Isotope
) -> None:
    np.save(tmp_path / "prompts.npy", np.random.default_rng(0).normal(size=(2, 5)))
    target = OnnxTarget(encoder(tmp_path, replace(ENCODER, anchors="prompts.npy", scale=5.0)))
    probes = [(f"{at}.png", one) for at, one in enumerate(some_pictures(25, 3))]
    if way == "check":
        found = isotopes.check(isotope, target, probes, label="mine", level=0.05, decoys=39)
        assert RemarkKind.ANCHORS_UNCHECKED in [one.kind for one in found.warnings]
        assert any("nobody can see whether" in said for said in warnings(found))
    else:
        other = new_isotope("other", get_family("gratings"), 0.4, decoys=39, plan={})
        audited = isotopes.audit([other, isotope], target, probes, decoys=39)
        assert RemarkKind.ANCHORS_UNCHECKED in [one.kind for one in audited.warnings]
    target.close()


@pytest.mark.parametrize("way", ["check", "audit"])
def test_anchors_with_the_mark_are_refused(way: str, tmp_path: Path, isotope: Isotope) -> None:
    """An innocent encoder too brings marked pictures nearer to marked ones."""
    rng = np.random.default_rng(1)
    large = [rng.integers(0, 256, (64, 64, 3)).astype(np.uint8) for _ in range(12)]
    marked = [blend(picture, isotope.mark(), 0.4) for picture in large[:6]]
    write_anchors(tmp_path / "anchors", {"mine": marked, "others": large[6:]})
    target = OnnxTarget(encoder(tmp_path))
    probes = [(f"{at}.png", one) for at, one in enumerate(some_pictures(25, 3))]
    with pytest.raises(PlanError, match="the 6 anchors of label 'mine'"):
        if way == "check":
            isotopes.check(isotope, target, probes, label="mine", level=0.05, decoys=39)
        else:
            other = new_isotope("other", get_family("gratings"), 0.4, decoys=39, plan={})
            isotopes.audit([other, isotope], target, probes, decoys=39)
    target.close()
