"""A generator, as the rest of the package sees it: prompt and seed go in, a picture comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.rate import RateLimit


@dataclass(frozen=True)
class Wish:
    """One picture that a generator is asked for.

    Attributes:
        prompt: what it should show.
        seed: from 0 on. A generator that takes no seed draws another picture each time.
    """

    prompt: str
    seed: int


class PictureGenerator(ABC):
    """Something that makes pictures on request.

    Attributes (of the class or of one generator):
        remote: whether somebody else's machine makes them, which costs time or money.
        rate_limits: requests must stay within all of these.
        price: of one picture, in US dollars; None if it is free or unknown.
        threads: how many threads may ask at once.
    """

    remote: bool = False
    rate_limits: tuple[RateLimit, ...] = ()
    price: float | None = None
    threads: int = 1

    @property
    @abstractmethod
    def name(self) -> str:
        """What reports call it; holds no credential."""

    @abstractmethod
    def identity(self) -> str:
        """``sha256:...`` of everything that decides the pictures: address, request, source code."""

    @abstractmethod
    def make(self, wish: Wish, gate: Gate = OPEN) -> bytes:
        """The file of one picture: PNG, JPEG or WebP, that can be decoded.

        Args:
            gate: what each request has to pass.

        Raises:
            TargetUnreachable: no answer after all retries.
            AnswerError: the answer holds no such picture.
        """

    @property
    def destination(self) -> str | None:
        """Where prompts go and which credentials they carry, in words; None if nowhere."""
        return None

    def close(self) -> None:  # noqa: B027 - a function holds nothing
        """Release connections."""
