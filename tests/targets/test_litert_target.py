from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_network import LABELS, expected, pictures
from tiny_tflite import FINE, HOW, STEP, write_tflite

from isotopes.errors import TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.describing import describe_file
from isotopes.targets.kinds.litert import LiteRtTarget
from isotopes.targets.local import network_target
from isotopes.targets.local.description import Description, write_description

pytest.importorskip("ai_edge_litert")


@pytest.mark.parametrize("batch", [1, 3])
def test_it_answers_as_the_same_network_elsewhere(batch: int, tmp_path: Path) -> None:
    target = open_target(str(write_tflite(tmp_path / "model.tflite", batch=batch)))
    assert isinstance(target, LiteRtTarget)
    some = pictures(7)
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-5)
    assert target.batch_size == batch
    target.close()


def test_quantised_outputs_become_the_numbers_that_they_stand_for(tmp_path: Path) -> None:
    target = LiteRtTarget(write_tflite(tmp_path / "model.tflite", quantised=True))
    some = pictures(4)
    found = np.log(target.ask(some).values)
    wanted = np.log(expected(some))
    centred = [one - one.mean(axis=1, keepdims=True) for one in (found, wanted)]
    np.testing.assert_allclose(*centred, atol=STEP)
    assert np.abs(centred[0] - centred[1]).max() > STEP / 100
    target.close()


@pytest.mark.parametrize("taken", ["int8", "uint8"])
def test_inputs_of_bytes_are_given_the_numbers_that_they_stand_for(
    tmp_path: Path, taken: str
) -> None:
    path = write_tflite(tmp_path / "model.tflite", taken=taken)
    some = pictures(4)
    target = LiteRtTarget(path)
    # Each of 144 inputs is off by half a step at most, and the weights are about 0.1.
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=0.02)
    target.close()


@pytest.mark.parametrize(("taken", "mean"), [("int8", 10 + 128), ("uint8", 120)])
def test_a_draft_gives_a_quantised_input_bytes_as_they_are(
    tmp_path: Path, taken: str, mean: int
) -> None:
    path = write_tflite(tmp_path / "model.tflite", taken=taken)
    draft, described = describe_file(path)
    about = tomllib.loads(draft)["input"]
    assert (about["dtype"], about["white"], about["mean"]) == ("float32", 255, [mean] * 3)
    assert about["std"] == pytest.approx([1 / FINE] * 3)
    told = draft.replace('# channels = "rgb"', 'channels = "rgb"')
    described.write_text(told.replace('# resize = "stretch"', 'resize = "stretch"'), "utf-8")
    some = pictures(3)
    target = LiteRtTarget(path)
    found = target.ask(some).values
    target.close()
    as_floats = replace(HOW, white=255, mean=(mean,) * 3, std=(1 / FINE,) * 3)
    write_description(described, Description(LABELS, as_floats))
    write_tflite(tmp_path / "plain.tflite")
    write_description(tmp_path / "plain.toml", Description(LABELS, as_floats))
    plain = LiteRtTarget(tmp_path / "plain.tflite")
    np.testing.assert_allclose(found, plain.ask(some).values, atol=1e-5)
    plain.close()
    as_bytes = Description(LABELS, replace(HOW, dtype="uint8", mean=(), std=()))
    write_description(described, as_bytes)
    with pytest.raises(TargetUnusable, match="its description says uint8") as caught:
        LiteRtTarget(path)
    assert "it is quantised" in str(caught.value.hint)


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "model.tflite")
    with pytest.raises(TargetUnusable, match="there is no TensorFlow Lite file"):
        LiteRtTarget(tmp_path / "nowhere.tflite")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TargetUnusable, match=r"model\.tflite can't be loaded as a network: "):
        LiteRtTarget(path)
    path.write_bytes(b"TFL3" * 100)
    with pytest.raises(TargetUnusable, match=r"model\.tflite is cut short or damaged"):
        LiteRtTarget(path)


def test_a_description_of_another_input_is_refused(tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "model.tflite")
    other = Description(LABELS, replace(HOW, layout="nchw"))
    write_description(path.with_suffix(".toml"), other)
    with pytest.raises(TargetUnusable, match="compare size, layout and channels|has shape"):
        LiteRtTarget(path)
    as_bytes = Description(LABELS, replace(HOW, dtype="uint8", mean=(), std=()))
    write_description(path.with_suffix(".toml"), as_bytes)
    with pytest.raises(TargetUnusable, match=r"its input is a tensor\(float\)"):
        LiteRtTarget(path)


def test_without_the_package_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tflite(tmp_path / "model.tflite")
    monkeypatch.setattr(network_target, "find_spec", lambda _: None)
    with pytest.raises(TargetUnusable, match="needs the package ai-edge-litert"):
        LiteRtTarget(path)
