"""A trained network as an ONNX file, with the description that a target needs."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isotopes.lab.train.training import Model

OPSET = 18


def export_onnx(model: Model, path: Path) -> None:
    """Write `path` and the TOML file of the same name."""
    import torch

    from isotopes.targets.local.description import Description, write_description
    from isotopes.targets.local.preprocess import Preprocessing

    network = model.network.to("cpu", memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    example = torch.zeros(2, 3, *model.size)
    noisy = logging.getLogger("torch.onnx")
    before = noisy.level
    noisy.setLevel(logging.ERROR)  # it warns of opsets that it then converts
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own deprecated calls
            torch.onnx.export(
                network,
                (example,),
                str(path),
                dynamo=True,
                external_data=False,
                verbose=False,
                opset_version=OPSET,
                input_names=["pictures"],
                output_names=["logits"],
                dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
            )
    finally:
        noisy.setLevel(before)
    how = Preprocessing(model.size, mean=model.mean, std=model.std)
    write_description(path.with_suffix(".toml"), Description(model.labels, how))
