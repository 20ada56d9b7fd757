"""A network in an ONNX file, run here by onnxruntime: `MODEL.onnx` with `MODEL.toml` beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from isotopes.targets.local.files.onnx_files import external_files
from isotopes.targets.local.files.whole import check_onnx
from isotopes.targets.local.network_target import NetworkTarget


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
        return tuple(external_files(main))

    @classmethod
    def check_whole(cls, main: Path) -> None:
        check_onnx(main)
