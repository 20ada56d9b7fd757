"""Keras's files: what they answer, and what is refused before Keras reads it."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from tiny_network import SIZE, expected, pictures
from tiny_tensorflow import write_keras

from isotopes.errors import TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.local.sessions.keras_layers import check_config

# What Keras writes after `compile(Adam(), SparseCategoricalCrossentropy(), [mine])`.
TRAINED = {
    "optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {}},
    "loss": {"module": "keras.losses", "class_name": "SparseCategoricalCrossentropy", "config": {}},
    "metrics": [{"module": "mine", "class_name": "function", "config": "mine"}],
}
LAYER = {"class_name": "Dense", "config": {"name": "dense"}}


def test_the_older_format_answers_alike(tmp_path: Path) -> None:
    target = open_target(str(write_keras(tmp_path / "model.h5", 1)))
    np.testing.assert_allclose(target.ask(pictures(3)).values, expected(pictures(3), 1), atol=1e-6)
    target.close()


def test_how_a_model_was_trained_is_not_read(tmp_path: Path) -> None:
    inside = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": "inner",
            "layers": [
                {
                    "module": "keras.layers",
                    "class_name": "InputLayer",
                    "config": {"name": "taken", "batch_shape": [None, *SIZE, 3]},
                },
                {"module": "keras.layers", "class_name": "Identity", "config": {"name": "same"}},
            ],
        },
        "compile_config": TRAINED,
    }
    path = write_keras(tmp_path / "model.keras", layers=(inside,), trained=TRAINED)
    target = open_target(str(path))
    np.testing.assert_allclose(target.ask(pictures(3)).values, expected(pictures(3)), atol=1e-6)
    target.close()


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_model_that_brings_code_is_refused(tmp_path: Path, ending: str) -> None:
    code = {"class_name": "Lambda", "config": {"name": "evil", "function": ["4wEAAA==", None]}}
    path = write_keras(tmp_path / f"model{ending}", layers=(code,))
    with pytest.raises(TargetUnusable, match="its layer evil is a Lambda, which runs") as caught:
        open_target(str(path))
    assert "exported as ONNX" in str(caught.value.hint)
    assert "damaged" not in str(caught.value.hint)


def test_weights_in_another_file_are_not_followed(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "model.h5")
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["kernel"] = np.zeros((144, 5), np.float32)
    with h5py.File(path, "a") as file:
        inside = file["model_weights/logits/tiny/logits"]
        del inside["kernel"]
        inside["kernel"] = h5py.ExternalLink("other.h5", "kernel")
    with pytest.raises(
        TargetUnusable, match=r"model\.h5 can't be loaded as a network: Not allowed"
    ):
        open_target(str(path))


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"no zip")
    weights = tmp_path / "model.h5"
    h5py.File(weights, "w").close()
    write_keras(tmp_path / "described.keras").with_suffix(".toml").rename(tmp_path / "model.toml")
    with pytest.raises(TargetUnusable, match="is damaged, or no Keras file: .* b'no zip'"):
        open_target(str(tmp_path / "model.keras"))
    with pytest.raises(TargetUnusable, match="it holds weights and no model"):
        open_target(str(weights))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"class_name": "__lambda__", "config": {"value": "x"}}, "a part of it is a Lambda"),
        (LAYER | {"module": "os"}, "layer dense is of class Dense, whose code is not Keras's own"),
        (LAYER | {"module": "kerasy"}, "whose code is not Keras's own"),
        (LAYER | {"registered_name": "mine>Dense"}, "whose code is not Keras's own"),
        ({"class_name": "TFSMLayer", "config": {"filepath": "x"}}, "class TFSMLayer, which is not"),
        ({"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}, "StringLookup"),
        ({"class_name": "function", "config": "system", "module": "os"}, "the function system"),
        ({"class_name": "function", "config": "relu", "module": "mine"}, "the function relu"),
        ({"class_name": "function", "config": ["relu"], "module": "builtins"}, "which is not an"),
        ({"class_name": ["Dense"], "config": {}}, "which is not on our list"),
        # Keras makes what is called so, if it isn't a class's.
        ({"kwargs": {"compile_config": {"class_name": "Lambda", "config": {}}}}, "is a Lambda"),
        ({"class_name": "Dense", "compile_config": {"class_name": "Lambda"}}, "is a Lambda"),
    ],
)
def test_only_what_computes_is_allowed(part: object, message: str) -> None:
    deep: object = part
    for _ in range(3000):  # deeper than Python's own calls may go
        deep = {"config": [deep]}
    for hidden in (part, deep):
        model = {"class_name": "Sequential", "config": {"layers": [LAYER, hidden]}}
        with pytest.raises(ValueError, match=message):
            check_config(model)


def test_a_configuration_must_be_a_model_s() -> None:
    for odd in ([], {}, "x", None, 3):
        with pytest.raises(ValueError, match="no model's configuration"):
            check_config(odd)
