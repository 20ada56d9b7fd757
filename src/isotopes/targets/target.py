"""The black box as the rest of the house sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import TargetUnusable
from isotopes.targets.scores import Completeness, Scores

if TYPE_CHECKING:
    from isotopes.targets.asking.rate import Rate  # which limits targets, and so imports them

Picture = NDArray[np.uint8]  # shape (height, width, 3), RGB


class Target(ABC):
    """Something that answers pictures with scores: a black box, or a wrapper around one.

    Attributes, of the class or of one target:
        batch_size: the most pictures in one `ask`, which is one request.
        remote: somebody else's machine answers. Asking it costs time or money and it may change
            unseen, so a check keeps its answers in the journal and watches it.
        rates: no more requests than these all allow.
        price: of one query, in US dollars; None where it costs nothing or nobody knows.
        concurrency: where there is one, how many threads may well ask at once.
        version: where there is one, which version of the model gave the last answer, or None.
    """

    batch_size: int = 64
    remote: bool = False
    rates: tuple[Rate, ...] = ()
    price: float | None = None

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

    What it says of itself as class attributes is what `isotopes targets` lists. Services change:
    figures are those of the vendor's documentation, with their date in the file that states them.

    Class attributes:
        kind: what the command line calls it (``onnx``, ``http``, ...).
        summary: one line for people: what to write after ``kind:``.
        endings: of file names that mean this kind without ``kind:`` before them.
        completeness: the most that it shows; None where its description or file says.
        limits: in words: pictures a request, bytes, pixels, requests a second.
        credentials: environment variables that must be set, or where else its client looks.
    """

    kind: ClassVar[str]
    summary: ClassVar[str]
    endings: ClassVar[tuple[str, ...]] = ()
    completeness: ClassVar[Completeness | None] = Completeness.FULL
    limits: ClassVar[str] = ""
    credentials: ClassVar[tuple[str, ...]] = ()
    remote: bool = True  # to take a service for a file could lose answers that were paid for

    @classmethod
    @abstractmethod
    def from_spec(cls, spec: str) -> Self:
        """The target that the text after ``kind:`` means.

        Raises:
            TargetUnusable: it means none, or one that can't be opened.
        """

    @classmethod
    def named_file(cls, spec: str) -> Path:
        """The file that the text after ``kind:`` names, for kinds that take one.

        Raises:
            TargetUnusable: no text; as a path it would mean the current folder.
        """
        if not spec:
            raise TargetUnusable(
                f"{cls.kind}: names no file", hint=f"after the colon: {cls.summary}"
            )
        return Path(spec)
