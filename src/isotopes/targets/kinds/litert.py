"""A TensorFlow Lite (LiteRT) model, run here: `MODEL.tflite` with `MODEL.toml` beside it.

The format of models on phones: TensorFlow Lite, LiteRT, ML Kit's custom models. Such a file is
data, and it runs in a process of its own, as an ONNX network does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from isotopes.targets.local.files.whole import check_tflite
from isotopes.targets.local.network_target import NetworkTarget


class LiteRtTarget(NetworkTarget):
    """The black box in a ``.tflite`` file. Quantised outputs become floats."""

    kind: ClassVar[str] = "litert"
    summary: ClassVar[str] = "MODEL.tflite, with MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".tflite",)
    format: ClassVar[str] = "TensorFlow Lite"
    runtime: ClassVar[str] = "litert"
    needs: ClassVar[Mapping[str, str]] = {"ai_edge_litert": "ai-edge-litert"}
    extra: ClassVar[str] = "litert"

    @classmethod
    def weight_files(cls, main: Path) -> Sequence[str]:
        """None: weights are in the model's own file."""
        return ()

    @classmethod
    def check_whole(cls, main: Path) -> None:
        check_tflite(main)
