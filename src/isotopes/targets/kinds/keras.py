"""A Keras model, run here without TensorFlow: `MODEL.keras` or `MODEL.h5`, with `MODEL.toml`.

Keras builds the network from the file's configuration and hands it to OpenVINO. A configuration may
name code: that of Lambda layers lies in the file itself, that of custom layers on the author's
machine. Such models are refused before Keras sees them (`local/sessions/keras_layers.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from isotopes.targets.local.files.whole import check_keras
from isotopes.targets.local.network_target import NetworkTarget


class KerasTarget(NetworkTarget):
    """The black box in a Keras file whose layers are all Keras's own."""

    kind: ClassVar[str] = "keras"
    summary: ClassVar[str] = "MODEL.keras or MODEL.h5, with MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".keras", ".h5", ".hdf5")
    format: ClassVar[str] = "Keras"
    runtime: ClassVar[str] = "keras"
    needs: ClassVar[Mapping[str, str]] = {"keras": "keras", "h5py": "h5py", "openvino": "openvino"}
    extra: ClassVar[str] = "keras"

    @classmethod
    def weight_files(cls, main: Path) -> Sequence[str]:
        """None: weights are in the model's own file."""
        return ()

    @classmethod
    def check_whole(cls, main: Path) -> None:
        check_keras(main)
