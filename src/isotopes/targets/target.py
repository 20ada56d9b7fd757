"""The black box as the rest of the house sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.scores import Scores

Picture = NDArray[np.uint8]  # shape (height, width, 3), RGB


class Target(ABC):
    """Something that answers pictures with scores: a black box, or a wrapper around one."""

    batch_size: int = 64

    @property
    @abstractmethod
    def name(self) -> str:
        """What to call this target in a report; holds no credential."""

    @abstractmethod
    def identity(self) -> str:
        """``sha256:...`` of whatever tells this target from another: file bytes, address."""

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels it can answer with, where it says so before it is asked."""
        return None

    @abstractmethod
    def ask(self, pictures: Sequence[Picture]) -> Scores:
        """Scores for at most `batch_size` pictures, in their order.

        Args:
            pictures: uint8 RGB, each (height, width, 3); sizes may differ.

        Raises:
            TargetUnreachable: no answer after all retries.
            AnswerError: the answer can't be used.
        """

    def close(self) -> None:  # noqa: B027 - most targets hold nothing
        """Let go of files, sessions and connections."""


class OpenableTarget(Target):
    """A target that a person can name. A new kind is one new file in `targets/kinds/`.

    Class attributes:
        kind: what the command line calls it (``onnx``, ``http``, ...).
        summary: one line for people: what to write after ``kind:``.
        endings: of file names that mean this kind without ``kind:`` before them.
    """

    kind: ClassVar[str]
    summary: ClassVar[str]
    endings: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def from_spec(cls, spec: str) -> Self:
        """The target that the text after ``kind:`` means.

        Raises:
            TargetError: it means none, or one that can't be opened.
        """
