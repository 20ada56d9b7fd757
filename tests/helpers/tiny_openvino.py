"""The tiny network of `tiny_network.py` in OpenVINO's format."""

from __future__ import annotations

from pathlib import Path

from tiny_network import INPUT, LABELS, SIZE, weights

from isotopes.targets.local.description import Description, write_description


def write_openvino(path: Path, seed: int = 0) -> Path:
    """Write PATH, which ends in ``.xml``, and the files with weights and labels beside it."""
    import numpy as np
    import openvino
    from openvino import opset13 as ops

    pictures = ops.parameter([-1, 3, *SIZE], np.float32, name="pictures")
    flat = ops.reshape(pictures, np.array([-1, 3 * SIZE[0] * SIZE[1]], np.int64), False)
    logits = ops.matmul(flat, ops.constant(weights(seed)), False, False)
    model = openvino.Model([ops.result(logits, name="logits")], [pictures])
    openvino.save_model(model, path, compress_to_fp16=False)
    write_description(path.with_suffix(".toml"), Description(LABELS, INPUT))
    return path
