"""A network in an ONNX file, run here by onnxruntime: `MODEL.onnx` with `MODEL.toml` beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from isotopes.targets.local.network_target import NetworkTarget
from isotopes.targets.local.onnx_files import external_files


class OnnxTarget(NetworkTarget):
    """The black box in an ONNX file. An onnxruntime that can use a GPU does."""

    kind: ClassVar[str] = "onnx"
    summary: ClassVar[str] = "MODEL.onnx, with MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".onnx",)
    format: ClassVar[str] = "ONNX"
    runtime: ClassVar[str] = "onnxruntime"
    needs: ClassVar[Mapping[str, str]] = {"onnxruntime": "onnxruntime"}
    extra: ClassVar[str] = "check"

    @classmethod
    def weight_files(cls, main: Path) -> Sequence[str]:
        """The files that tensors are read from, which the graph names."""
        return external_files(main)
