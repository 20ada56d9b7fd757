"""Wrappers: targets that ask another target and change, count or delay one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from isotopes.errors import AnswerError
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target


@runtime_checkable
class Versioned(Protocol):
    """A target that knows which version of its model gave the last answer."""

    @property
    def version(self) -> str | None: ...


class Wrapper(Target):
    """Passes everything on to the inner target; subclasses change one thing.

    Wrappers stack in any order. A wrapper that changes answers has its own identity. One
    that watches, waits, stores or counts keeps the inner target's.
    """

    def __init__(self, target: Target) -> None:
        self.inner = target
        self.batch_size = target.batch_size
        # Looked up once: isinstance on a protocol takes longer than reading the version.
        self._versioned = target if isinstance(target, Versioned) else None
        self.remote, self.price = target.remote, target.price
        self.rate_limits, self.embeds = target.rate_limits, target.embeds

    @property
    def name(self) -> str:
        return self.inner.name

    def identity(self) -> str:
        return self.inner.identity()

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self.inner.labels

    @property
    def version(self) -> str | None:
        """Which version of the model gave the last answer; None if the target doesn't say."""
        return None if self._versioned is None else self._versioned.version

    @property
    def anchors(self) -> Mapping[str, Sequence[Picture]]:
        return self.inner.anchors

    @property
    def unchecked_anchors(self) -> bool:
        return self.inner.unchecked_anchors

    @property
    def destination(self) -> str | None:
        return self.inner.destination

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        return self.inner.ask(pictures, gate)

    def close(self) -> None:
        self.inner.close()


def ask_exactly(target: Target, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
    """`target.ask`, but it refuses an answer with too many or too few rows.

    Raises:
        AnswerError: not one answer for each picture, so nobody can say which belongs to which.
    """
    scores = target.ask(pictures, gate)
    if len(scores) != len(pictures):
        raise AnswerError(
            f"{target.name} must answer once for each of {len(pictures)} pictures,"
            f" got {len(scores)} answers"
        )
    return scores
