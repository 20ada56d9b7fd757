"""What every wrapper around a target shares: it is a target itself, and shows the inner one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from isotopes.errors import AnswerError
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target


@runtime_checkable
class Versioned(Protocol):
    """A target that knows which version of its model gave the last answer."""

    @property
    def version(self) -> str | None: ...


class Wrapper(Target):
    """A target that passes everything on; sub-classes change one thing.

    Wrappers stack in any order. One that changes answers has an identity of its own; one that only
    watches, waits, remembers or counts keeps the inner one's.
    """

    def __init__(self, target: Target) -> None:
        self.inner = target
        self.batch_size = target.batch_size
        # Here, because asking whether it is one takes longer than asking it.
        self._versioned = target if isinstance(target, Versioned) else None
        self.remote, self.rates, self.price = target.remote, target.rates, target.price

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
        """Which version of the model gave the last answer; None where the target tells none."""
        return None if self._versioned is None else self._versioned.version

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        return self.inner.ask(pictures)

    def close(self) -> None:
        self.inner.close()


def ask_exactly(target: Target, pictures: Sequence[Picture]) -> Scores:
    """`target.ask`, refusing an answer to more or fewer pictures than were asked.

    Raises:
        AnswerError: a wrong number of answers: nobody could say which belongs to which picture.
    """
    scores = target.ask(pictures)
    if len(scores) != len(pictures):
        raise AnswerError(
            f"{target.name} must answer once for each of {len(pictures)} pictures,"
            f" got {len(scores)} answers"
        )
    return scores
