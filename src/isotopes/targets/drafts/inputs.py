"""The part of a network's draft that says what it takes."""

from __future__ import annotations

import numpy as np

from isotopes.errors import TargetUnusable
from isotopes.targets.local.preprocess import MOST_PIXELS
from isotopes.targets.local.tensors import Tensor

DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(uint8)": "uint8",
}


def input_lines(subject: str, source: Tensor) -> list[str]:
    """The lines of ``[input]``.

    Raises:
        TargetUnusable: `subject` doesn't take pictures.
    """
    shape, dtype = source.shape, source.type
    if len(shape) != 4 or dtype not in DTYPES:
        raise TargetUnusable(
            f"{subject} takes {dtype:.40} of shape {list(shape)[:8]}, not pictures",
            hint="pictures are float32, float16 or uint8, with four axes",
        )
    last = shape[3] in {1, 3} and shape[1] not in {1, 3}
    layout, height, width = ("nhwc", *shape[1:3]) if last else ("nchw", *shape[2:4])
    depth = shape[3] if last else shape[1]
    fixed = isinstance(height, int) and isinstance(width, int) and height * width <= MOST_PIXELS
    lines = [
        f"size = [{height}, {width}]" if fixed else "# size = [224, 224]   # height, width",
        f'layout = "{layout}"' if depth in {1, 3} else '# layout = "nchw"   # or "nhwc"',
        'channels = "grey"' if depth == 1 else '# channels = "rgb"   # or "bgr"',
        '# resize = "stretch"   # or "crop", with: shortest = 256',
        f'dtype = "{DTYPES[dtype]}"',
    ]
    if source.steps is not None:
        lines += _as_bytes(source.steps, 1 if depth == 1 else 3)
    elif DTYPES[dtype] != "uint8":
        lines += [
            "# The input is (white * byte / 255 - mean) / std. These are ImageNet's:",
            "# white = 1   # or 255",
            "# mean = [0.485, 0.456, 0.406]",
            "# std = [0.229, 0.224, 0.225]",
        ]
    return lines


def _as_bytes(steps: tuple[float, float, str], depth: int) -> list[str]:
    """How to give a quantised input a picture's bytes as they are, as apps on phones do."""
    scale, zero, kind = steps
    least, most = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    low, high = (least - zero) * scale, (most - zero) * scale
    return [
        f"# The input is (white * byte / 255 - mean) / std, in whole steps from {low:.4g} to"
        f" {high:.4g}.",
        "# This gives it a picture's bytes as they are. If it was trained with another white, mean",
        "# and std, write those.",
        "white = 255",
        f"mean = {[zero - least] * depth}",
        f"std = {[1 / scale] * depth}",
    ]
