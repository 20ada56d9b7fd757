"""The black box, as the rest of the package sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import TargetUnusable
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness, Scores

Picture = NDArray[np.uint8]  # shape (height, width, 3), RGB


class Target(ABC):
    """A model that answers pictures with scores, or a wrapper around one.

    Attributes (of the class or of one target):
        batch_size: the most pictures in one `ask`, which is one request.
        remote: whether somebody else's machine answers. Asking it costs time or money, and it may
            change unseen, so a check journals its answers and watches for changes.
        rate_limits: requests must stay within all of these.
        price: of one query, in US dollars; None if it is free or unknown.
        preparing: how many queries it sends of its own before the first answer, at most.
        embeds: it answers with embeddings, and nothing gives them labels (`embedding_scores`).
        concurrency: (optional) how many threads may ask at once.
        version: (optional) which version of the model gave the last answer, or None.
    """

    batch_size: int = 64
    remote: bool = False
    rate_limits: tuple[RateLimit, ...] = ()
    price: float | None = None
    preparing: int = 0
    embeds: bool = False

    @property
    @abstractmethod
    def name(self) -> str:
        """What reports call this target; holds no credential."""

    @abstractmethod
    def identity(self) -> str:
        """``sha256:...`` of everything that decides the answers: file bytes, address, settings."""

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels it can answer with, if it knows them before it is asked."""
        return None

    @abstractmethod
    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        """Scores for at most `batch_size` pictures, in order.

        Args:
            pictures: uint8 RGB, each (height, width, 3); sizes may differ.
            gate: what each request has to pass. Targets that send no requests ignore it.

        Raises:
            TargetUnreachable: no answer after all retries.
            AnswerError: the answer can't be used.
        """

    @property
    def anchors(self) -> Mapping[str, Sequence[Picture]]:
        """An encoder's anchor pictures by label, which must be independent of the mark."""
        return {}

    @property
    def unchecked_anchors(self) -> bool:
        """Whether its answers are compared with vectors that somebody made elsewhere.

        Nobody can tell whether the pictures behind them carried the mark.
        """
        return False

    @property
    def plan_of_answers(self) -> str | None:
        """`Plan.fixed` of the only plan that its answers may decide; None if any may be asked."""
        return None

    @property
    def destination(self) -> str | None:
        """Where requests go and which credentials they carry, in words; None if none are sent."""
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def close(self) -> None:  # noqa: B027 - most targets hold nothing
        """Release files, processes and connections."""


class OpenableTarget(Target):
    """A target that a person can name. A new kind is one new file in `targets/kinds/`.

    `isotopes targets` lists the class attributes. Services change: prices and limits come from the
    vendor's documentation, and the file that states them gives the date.

    Class attributes:
        kind: its name on the command line (``onnx``, ``http``, ...).
        summary: one line for people: what to write after ``kind:``.
        endings: file name endings that mean this kind when no ``kind:`` is given.
        hosts: endings of host names that do.
        completeness: the most that it shows; None if its description or file decides.
        limits: in words: pictures a request, bytes, pixels, requests a second.
        credentials: environment variables that must be set, or other places where its client looks.
    """

    kind: ClassVar[str]
    summary: ClassVar[str]
    endings: ClassVar[tuple[str, ...]] = ()
    hosts: ClassVar[tuple[str, ...]] = ()
    completeness: ClassVar[Completeness | None] = Completeness.FULL
    limits: ClassVar[str] = ""
    credentials: ClassVar[tuple[str, ...]] = ()
    remote: bool = True  # the safe default: answers of a service are paid for and must be kept

    @classmethod
    @abstractmethod
    def from_spec(cls, spec: str) -> Self:
        """The target that the text after ``kind:`` names.

        Raises:
            TargetUnusable: it names none, or one that can't be opened.
        """

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether a `spec` without ``kind:`` means this kind."""
        plain = spec.partition("?")[0].lower()
        if plain.startswith(("http://", "https://")):
            host = plain.partition("://")[2].partition("/")[0].partition(":")[0]
            return host.endswith(cls.hosts)
        return plain.endswith(cls.endings)

    @classmethod
    def named_file(cls, spec: str) -> Path:
        """The file that the text after ``kind:`` names, for kinds that take one.

        Raises:
            TargetUnusable: the text is empty; as a path it would mean the current folder.
        """
        if not spec:
            raise TargetUnusable(
                f"{cls.kind}: names no file", hint=f"after the colon: {cls.summary}"
            )
        return Path(spec)
