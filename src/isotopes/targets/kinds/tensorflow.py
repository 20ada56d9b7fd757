"""A TensorFlow SavedModel, or a frozen graph, run here without TensorFlow.

OpenVINO reads the graph, translates each operation into its own, and refuses those that it doesn't
know: Python functions (`tf.py_function`) and libraries of the author's are among them. So no code
of the model's author runs, and TensorFlow's hundreds of megabytes aren't needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from isotopes.targets.local.files.whole import check_tensorflow
from isotopes.targets.local.network_target import NetworkTarget

GRAPH = "saved_model.pb"


class TensorFlowTarget(NetworkTarget):
    """The black box in a SavedModel's default signature, or in a frozen graph."""

    kind: ClassVar[str] = "tensorflow"
    summary: ClassVar[str] = (
        "MODEL, the folder of a SavedModel, or a frozen MODEL.pb; with MODEL.toml beside it"
    )
    endings: ClassVar[tuple[str, ...]] = (".pb",)
    format: ClassVar[str] = "TensorFlow"
    runtime: ClassVar[str] = "openvino"
    needs: ClassVar[Mapping[str, str]] = {"openvino": "openvino"}
    extra: ClassVar[str] = "openvino"

    @classmethod
    def recognises(cls, spec: str) -> bool:
        return super().recognises(spec) or (bool(spec) and (Path(spec) / GRAPH).is_file())

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The network in a folder, named by its path or by that of its graph, or in a file."""
        path = cls.named_file(spec)
        return cls(path.absolute().parent if path.name == GRAPH else path)

    @classmethod
    def main_file(cls, path: Path) -> Path:
        return path / GRAPH if path.is_dir() else path

    @classmethod
    def description_file(cls, path: Path) -> Path:
        """Beside the folder, so that the folder stays as it was published."""
        if path.is_dir():  # a name such as "v1.2" has no ending
            return path.absolute().with_name(f"{path.absolute().name}.toml")
        return super().description_file(path)

    @classmethod
    def weight_files(cls, main: Path) -> Sequence[str]:
        """Every other file of a SavedModel's folder: variables, and assets that tables read."""
        if main.name != GRAPH:
            return ()
        files = (file for file in main.parent.rglob("*") if file.is_file() and file != main)
        return sorted(file.relative_to(main.parent).as_posix() for file in files)

    @classmethod
    def check_whole(cls, main: Path) -> None:
        check_tensorflow(main)
