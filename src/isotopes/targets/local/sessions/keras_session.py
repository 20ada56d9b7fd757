"""A Keras file as a network for OpenVINO: Keras builds it, and traces it once."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

LARGEST_CONFIG = 2**26  # bytes
# Keras draws with these if it can: to import them takes as long as Keras itself.
_UNUSED = ("matplotlib", "pandas")


def read_config(path: str) -> Any:
    """The configuration in a ``.keras`` file (a zip archive) or an HDF5 file, as JSON values.

    Raises:
        ValueError: there is none.
    """
    if Path(path).suffix.lower() == ".keras":
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > LARGEST_CONFIG:
                raise ValueError(f"its configuration has more than {LARGEST_CONFIG:,} bytes")
            return json.loads(archive.read("config.json"))
    import h5py

    with h5py.File(path, "r") as file:
        stored = file.attrs.get("model_config")
    if stored is None:
        raise ValueError("it holds weights and no model: it has to be saved by model.save()")
    return json.loads(stored)


def import_keras() -> None:
    """Import Keras with OpenVINO under it."""
    os.environ["KERAS_BACKEND"] = "openvino"
    # Otherwise Keras reads settings from the person's home, and writes some there.
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KERAS_HOME"] = folder
        for name in _UNUSED:
            sys.modules[name] = None  # type: ignore[assignment] # Python's way to forbid an import
        import keras

        keras.config.disable_interactive_logging()
        # What a model was trained with (optimizer, loss) is nothing to us, and may name code. With
        # `compile=False` Keras passes over the whole model's, but not over that of a model in it.
        keras.Model.compile_from_config = lambda model, config: None


def read(path: str) -> Any:
    """The network in a file whose configuration was checked, as an `openvino.Model`.

    Raises:
        Exception: whatever Keras and OpenVINO raise.
    """
    import keras
    from keras.src.backend.openvino.core import OpenVINOKerasTensor
    from openvino import Model, Type, opset13

    model = keras.saving.load_model(path, compile=False, safe_mode=True)
    if not getattr(model, "inputs", None):
        raise ValueError("it doesn't say what it takes: its first layer must be an Input")
    sources = []
    for one in model.inputs:
        shape = [-1 if side is None else side for side in one.shape]
        source = opset13.parameter(shape, Type(keras.backend.standardize_dtype(one.dtype)))
        source.set_friendly_name(one.name)
        sources.append(source)
    tensors = [OpenVINOKerasTensor(source.output(0)) for source in sources]
    given = model(tensors if len(tensors) > 1 else tensors[0], training=False)
    results = []
    names = getattr(model, "output_names", None) or [one.name for one in model.outputs]
    for name, one in zip(names, keras.tree.flatten(given), strict=True):
        result = opset13.result(one.output)
        result.set_friendly_name(name)
        results.append(result)
    return Model(results, sources)
