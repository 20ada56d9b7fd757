"""A TensorFlow Lite (LiteRT) model, run here: `MODEL.tflite` with `MODEL.toml` beside it.

The format of models on phones: TensorFlow Lite, LiteRT, ML Kit's custom models. Such a file is
data, and it runs in a process of its own, as an ONNX network does.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from isotopes.targets.extras import missing
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Description
from isotopes.targets.local.network_process import NetworkLimits


class LiteRtTarget(OnnxTarget):
    """The black box in a ``.tflite`` file. It answers in full; quantised outputs become floats."""

    kind: ClassVar[str] = "litert"
    summary: ClassVar[str] = "MODEL.tflite, with MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".tflite",)
    format: ClassVar[str] = "TensorFlow Lite"

    def __init__(
        self,
        path: Path,
        description: Description | None = None,
        limits: NetworkLimits | None = None,
    ) -> None:
        """Load a model, by default with the description in the TOML file of the same name.

        Raises:
            TargetUnusable: LiteRT is not installed, or as for an ONNX network.
        """
        if find_spec("ai_edge_litert") is None:
            raise missing("ai-edge-litert", "litert")
        super().__init__(path, description, limits)

    @staticmethod
    def _weight_files(path: Path) -> Sequence[str]:
        del path  # weights are in the file itself
        return ()
