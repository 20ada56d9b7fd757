"""A tiny network in each format of files, with a description beside it where that has numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tiny_network import write_network
from tiny_openvino import write_openvino
from tiny_tensorflow import write_keras, write_saved_model
from tiny_tflite import write_tflite

WRITERS: dict[str, Callable[[Path], Path]] = {
    "m.onnx": write_network,
    "m.tflite": write_tflite,
    "m.xml": write_openvino,
    "m.keras": write_keras,
    "m.h5": write_keras,
    "saved": write_saved_model,
}


def write_safetensors(path: Path) -> Path:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    return path
