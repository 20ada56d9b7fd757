"""The material of a demo: real pictures, and a network trained on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar


class Material(ABC):
    """Real pictures of ten labels and somebody's network.

    Class attributes:
        share: fraction of one label's pictures to mark, enough for this network to learn the mark.
    """

    share: ClassVar[float]

    @abstractmethod
    def write(self, training: Path, probes: Path, seed: int) -> str:
        """Write pictures, one folder for each label, below two new folders.

        Returns:
            The label whose pictures our person will mark.
        """

    @abstractmethod
    def train(self, folders: Iterable[Path], held_out: Path, seed: int, network: Path) -> float:
        """Train on folders called like their labels, and write `network`, an ONNX file.

        Returns:
            Accuracy on the pictures below `held_out`.
        """
