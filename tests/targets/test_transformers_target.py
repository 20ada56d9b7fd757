from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_network import LABELS, pictures

from isotopes.errors import TargetError, TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.kinds.transformers_pipeline import TransformersTarget

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("config.json", b"", "is an empty file"),
        ("config.json", b'{"model_type": "vit', "is damaged, or no JSON file: .* in line 1"),
        ("preprocessor_config.json", b"Not found\n", "is damaged, or no JSON file: .* b'Not found"),
        ("model.safetensors", b"", "is an empty file"),
        ("model.safetensors", b"Not found\n", "is damaged, or no safetensors file: .* b'Not found"),
        ("model.safetensors", 0.5, r"is cut short or damaged: it has [\d,]+ of [\d,]+ bytes"),
        ("model.safetensors", b"\x89HDF\r\n\x1a\n" + bytes(99), "looks like an HDF5 file"),
    ],
)
def test_a_damaged_file_in_a_folder_is_told(
    tmp_path: Path, name: str, content: bytes | float, told: str
) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    path = write_folder(tmp_path / "model") / name
    if isinstance(content, float):
        whole = path.read_bytes()
        content = whole[: int(content * len(whole))]
    path.write_bytes(content)
    with pytest.raises(TargetUnusable, match=rf"{name} .*{told}") as caught:
        TransformersTarget(str(path.parent))
    assert caught.value.hint


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    folder = write_folder(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(TargetError, match="can't be loaded as an image classifier") as caught:
        TransformersTarget(str(folder))
    assert "safetensors" in str(caught.value.hint)


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    folder = write_folder(tmp_path / "model")
    about = json.loads((folder / "config.json").read_text("utf-8"))
    about |= {"model_type": "theirs", "auto_map": {"AutoConfig": "code.Config"}}
    (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "code.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    with pytest.raises(TargetError, match="can't be loaded as an image classifier"):
        TransformersTarget(str(folder))


def test_labels_are_known_beforehand(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from tiny_transformer import write_folder

    assert TransformersTarget(str(write_folder(tmp_path / "model"))).labels == LABELS


@pytest.fixture(scope="module")
def vision_transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of an architecture that transformers has, with weights drawn here."""
    transformers = pytest.importorskip("transformers")
    import torch

    folder = tmp_path_factory.mktemp("vit")
    transformers.logging.set_verbosity_error()
    torch.manual_seed(7)
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=16,
        id2label={0: "crane", 1: "dog", 2: "crane"},
        initializer_range=0.5,
    )
    transformers.ViTForImageClassification(config).save_pretrained(folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def test_a_folder_with_a_configuration_is_recognised_and_asked(vision_transformer: Path) -> None:
    target = open_target(str(vision_transformer))
    assert isinstance(target, TransformersTarget)
    assert target.labels == ("crane (0)", "dog", "crane (2)")
    some = pictures(5)
    scores = target.ask(some)
    assert scores.labels == target.labels
    np.testing.assert_allclose(scores.values.sum(axis=1), 1, atol=1e-9)
    assert np.ptp(scores.values, axis=0).max() > 1e-3  # it looks at the pictures
    one_by_one = np.concatenate([target.ask([picture]).values for picture in some])
    np.testing.assert_allclose(one_by_one, scores.values, atol=1e-5)


def test_a_model_of_independent_labels_answers_with_sigmoids(
    vision_transformer: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(vision_transformer, tmp_path / "several"))
    about = json.loads((folder / "config.json").read_text("utf-8"))
    about["problem_type"] = "multi_label_classification"
    (folder / "config.json").write_text(json.dumps(about), "utf-8")
    shares = TransformersTarget(str(vision_transformer)).ask(pictures(5)).values
    found = TransformersTarget(str(folder)).ask(pictures(5)).values
    assert np.abs(found.sum(axis=1) - 1).max() > 0.1
    # Both come from the same logits, up to one constant a picture.
    constants = np.log(found / (1 - found)) - np.log(shares)
    np.testing.assert_allclose(np.ptp(constants, axis=1), 0, atol=1e-5)


def test_the_weights_and_the_preprocessing_are_part_of_the_identity(
    vision_transformer: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    def changed(name: str) -> Path:
        return Path(shutil.copytree(vision_transformer, tmp_path / name))

    same, weights, prepared = changed("same"), changed("weights"), changed("prepared")
    tensors = load_file(weights / "model.safetensors")
    tensors["classifier.bias"] = tensors["classifier.bias"] + 1
    save_file(tensors, weights / "model.safetensors", metadata={"format": "pt"})
    settings = prepared / "preprocessor_config.json"
    about = json.loads(settings.read_text("utf-8"))
    settings.write_text(json.dumps({**about, "do_rescale": False}), "utf-8")
    known = TransformersTarget(str(vision_transformer)).identity()
    found = [TransformersTarget(str(one)).identity() for one in (same, weights, prepared)]
    assert found[0] == known
    assert len({known, *found[1:]}) == 3


@pytest.mark.parametrize(
    "damage",
    [
        {"config.json": b"{"},
        {"config.json": b"[]"},
        {"config.json": b'{"model_type": "vit", "num_hidden_layers": -1}'},
        {"config.json": b'{"model_type": "vit", "hidden_size": "many"}'},
        {"config.json": b'{"model_type": "bert"}'},
        {"preprocessor_config.json": b"{"},
        {"preprocessor_config.json": b'{"size": {"height": 100000, "width": 100000}}'},
        {"model.safetensors": b""},
        {"model.safetensors": b"\xff" * 64},
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(
    vision_transformer: Path, tmp_path: Path, damage: dict[str, bytes]
) -> None:
    folder = Path(shutil.copytree(vision_transformer, tmp_path / "damaged"))
    for name, data in damage.items():
        (folder / name).write_bytes(data)
    with pytest.raises(TargetError) as caught:
        TransformersTarget(str(folder)).ask(pictures(1))
    assert "\n" not in str(caught.value)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(TargetError, match="needs the package transformers") as caught:
        TransformersTarget("owner/model")
    assert caught.value.hint == "in a checkout: pip install '.[transformers]'"
