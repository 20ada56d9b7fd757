"""The tiny network of `tiny_network.py` as TensorFlow and Keras save it, made without either."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from tiny_network import INPUT, LABELS, SIZE, weights

from isotopes.targets.local.description import Description, write_description

# TensorFlow 2.21 saved it, with the weights of seed 0.
SAVED = Path(__file__).parent / "tiny_saved_model"
VARIABLES = "variables/variables.data-00000-of-00001"
HOW = type(INPUT)(**{**vars(INPUT), "layout": "nhwc"})
Config = dict[str, Any]


def kernel(seed: int) -> NDArray[np.float32]:
    """The weights for pictures whose channels come last, shape (inputs, labels)."""
    moved = weights(seed).reshape(3, *SIZE, len(LABELS)).transpose(1, 2, 0, 3)
    return np.ascontiguousarray(moved.reshape(-1, len(LABELS)))


def write_saved_model(folder: Path, seed: int = 0) -> Path:
    """Write the SavedModel FOLDER, and FOLDER.toml beside it."""
    shutil.copytree(SAVED, folder)
    variables = folder / VARIABLES
    saved = variables.read_bytes()
    assert kernel(0).tobytes() in saved
    variables.write_bytes(saved.replace(kernel(0).tobytes(), kernel(seed).tobytes()))
    write_description(folder.with_name(f"{folder.name}.toml"), Description(LABELS, HOW))
    return folder


def write_keras(
    path: Path, seed: int = 0, layers: tuple[Config, ...] = (), trained: Config | None = None
) -> Path:
    """Write PATH, which ends in ``.keras`` or ``.h5``, and the TOML file beside it.

    Args:
        layers: further ones, before the last.
        trained: with what, as `Model.compile` was told.
    """
    inside = [
        _layer("InputLayer", name="pictures", batch_shape=[None, *SIZE, 3], dtype="float32"),
        *layers,
        _layer("Flatten", name="flatten"),
        _layer("Dense", name="logits", units=len(LABELS), activation="linear", use_bias=False),
    ]
    model = _layer("Sequential", name="tiny", layers=inside) | {"compile_config": trained}
    (_write_zip if path.suffix == ".keras" else _write_hdf5)(path, model, kernel(seed))
    write_description(path.with_suffix(".toml"), Description(LABELS, HOW))
    return path


def _layer(kind: str, **config: Any) -> Config:
    module = "keras" if kind == "Sequential" else "keras.layers"
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


def _write_zip(path: Path, model: Config, matrix: NDArray[np.float32]) -> None:
    stored = BytesIO()
    with h5py.File(stored, "w") as file:
        file.create_group("layers/flatten/vars").attrs["name"] = "flatten"
        variables = file.create_group("layers/dense/vars")
        variables.attrs["name"] = "logits"
        variables["0"] = matrix
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(model))
        archive.writestr("model.weights.h5", stored.getvalue())


def _write_hdf5(path: Path, model: Mapping[str, Any], matrix: NDArray[np.float32]) -> None:
    with h5py.File(path, "w") as file:
        file.attrs.update(
            backend="tensorflow", keras_version="3.15.1", model_config=json.dumps(model)
        )
        names = [layer["config"]["name"] for layer in model["config"]["layers"][1:]]
        inside = file.create_group("model_weights")
        inside.attrs.update(backend="tensorflow", keras_version="3.15.1", layer_names=names)
        for name in names:
            inside.create_group(name).attrs["weight_names"] = []
        inside["logits"]["tiny/logits/kernel"] = matrix
        inside["logits"].attrs["weight_names"] = ["tiny/logits/kernel"]
