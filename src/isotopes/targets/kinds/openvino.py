"""An OpenVINO network, run here: `MODEL.xml` with `MODEL.bin` and `MODEL.toml` beside it.

The graph is in the XML file, the weights are in the other one. Both are data: operations from a
library of the author's own (extensions) are not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from isotopes.targets.local.files.whole import check_openvino
from isotopes.targets.local.network_target import NetworkTarget


class OpenVinoTarget(NetworkTarget):
    """The black box in OpenVINO's intermediate representation (IR)."""

    kind: ClassVar[str] = "openvino"
    summary: ClassVar[str] = "MODEL.xml, with MODEL.bin and MODEL.toml beside it"
    endings: ClassVar[tuple[str, ...]] = (".xml",)
    format: ClassVar[str] = "OpenVINO"
    runtime: ClassVar[str] = "openvino"
    needs: ClassVar[Mapping[str, str]] = {"openvino": "openvino"}
    extra: ClassVar[str] = "openvino"

    @classmethod
    def weight_files(cls, main: Path) -> Sequence[str]:
        """The file of weights, which OpenVINO looks for under the graph's own name."""
        return (main.with_suffix(".bin").name,)

    @classmethod
    def check_whole(cls, main: Path) -> None:
        check_openvino(main)
