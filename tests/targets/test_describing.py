"""Drafts for files of every format; a wrong or damaged file is told what it looks like."""

from __future__ import annotations

import pickle
import shutil
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from network_formats import WRITERS, write_safetensors
from test_templates import complete
from tiny_network import INPUT, LABELS, expected, pictures
from tiny_tensorflow import write_saved_model

from isotopes.errors import TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.describing import describe_file
from isotopes.targets.kinds.tensorflow import GRAPH
from isotopes.targets.local.description import read_description

# What the tiny network's own description says beside what its file does.
OWN = {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3], "white": 1, "channels": "rgb"}


def write_pickled(path: Path) -> Path:
    path.write_bytes(pickle.dumps({"weights": [1.0]}))
    return path


def write_torch_archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", b"")
    return path


def text_file(text: str) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"m.h5"}))
def test_every_format_gets_a_draft_that_can_be_completed(name: str, tmp_path: Path) -> None:
    path, some = WRITERS[name](tmp_path / name), pictures(3)
    draft, described = describe_file(path)
    known = tomllib.loads(draft)
    assert described == tmp_path / ("saved.toml" if name == "saved" else "m.toml")
    assert known["input"]["size"] == [6, 8]
    assert known["input"]["layout"] == ("nchw" if name in {"m.onnx", "m.xml"} else "nhwc")
    assert known["output"]["kind"] == "logits"
    assert len(known["labels"]) == len(LABELS)
    told = {one: value for one, value in OWN.items() if one not in known["input"]}
    whole = complete(draft, resize="stretch", **told)
    described.write_text(whole.replace("[input]", '[input]\ninterpolation = "area"'))
    if name == "m.keras":  # to load it once more takes seconds
        assert read_description(described).input == replace(INPUT, layout="nhwc")
        return
    target = open_target(str(path))
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-6)
    target.close()


def test_weights_alone_get_a_draft_of_blanks(tmp_path: Path) -> None:
    draft, described = describe_file(write_safetensors(tmp_path / "m.safetensors"))
    assert described == tmp_path / "m.toml"
    assert "architecture=MODULE:FUNCTION" in draft
    assert set(tomllib.loads(draft)) == {"input", "output"}
    whole = complete(
        draft, labels=["a", "b"], size=[6, 8], layout="nchw", resize="stretch", kind="logits", **OWN
    )
    assert tomllib.loads(whole)["labels"] == ["a", "b"]


OTHER: dict[str, Callable[[Path], Path]] = {
    **WRITERS,
    "graph": lambda path: shutil.move(write_saved_model(path.with_name("s")) / GRAPH, path),
    "m.safetensors": write_safetensors,
    "m.pt": write_pickled,
    "m.pth": write_torch_archive,
    "page": text_file("<!DOCTYPE html><title>404</title>"),
    "pointer": text_file("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
    "empty": text_file(""),
}
LOOKS = {
    "m.onnx": "an ONNX network",
    "m.tflite": "a TensorFlow Lite model",
    "m.xml": "an OpenVINO network",
    "m.keras": "a Keras model",
    "m.h5": "an HDF5 file",
    "graph": "a TensorFlow SavedModel",
    "m.safetensors": "weights as safetensors",
    "m.pt": "a Python pickle, which can run its author's code",
    "m.pth": "a Python pickle, which can run its author's code",
    "page": "a web page",
    "pointer": "a Git LFS pointer",
    "empty": "an empty file",
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_file_under_another_format_s_name_is_told_what_it_looks_like(
    name: str, tmp_path: Path
) -> None:
    written = OTHER[name](tmp_path / name)
    endings = (".onnx", ".tflite", ".keras", ".h5", ".pb", ".xml", ".safetensors", ".bin", "")
    for ending in endings:
        if written.suffix == ending:
            continue
        path = shutil.copy(written, tmp_path / f"other{ending}")
        with pytest.raises(TargetUnusable) as caught:
            describe_file(Path(path))
        assert LOOKS[name] in str(caught.value)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("written", "opened"),
    [("m.onnx", "m.keras"), ("m.keras", "m.onnx"), ("page", "m.tflite"), ("m.pt", "m.xml")],
)
def test_so_it_is_told_where_it_is_opened(written: str, opened: str, tmp_path: Path) -> None:
    WRITERS[opened](tmp_path / opened)
    shutil.copy(OTHER[written](tmp_path / f"as {written}"), tmp_path / opened)
    with pytest.raises(TargetUnusable, match=f"but looks like {LOOKS[written]}") as caught:
        open_target(str(tmp_path / opened))
    assert caught.value.hint


def test_what_needs_no_description_or_can_have_none(tmp_path: Path) -> None:
    folder = tmp_path / "vit"
    folder.mkdir()
    with pytest.raises(TargetUnusable, match="looks like no format of networks") as caught:
        describe_file(folder)
    assert "a SavedModel's folder" in str(caught.value.hint)
    (folder / "config.json").write_text("{}")
    with pytest.raises(TargetUnusable, match="it is a folder of transformers") as caught:
        describe_file(folder)
    assert "check it as it is" in str(caught.value.hint)
    for name in ("a.mlmodel", "b.mlpackage"):
        (tmp_path / name).mkdir()
        with pytest.raises(TargetUnusable, match="a Core ML model, which runs on Apple's systems"):
            describe_file(tmp_path / name)
    with pytest.raises(TargetUnusable, match="there is no file or folder"):
        describe_file(tmp_path / "none.onnx")
