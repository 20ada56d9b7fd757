"""Where trainings leave what isn't their result: checkpoints to go on from, curves to look at.

It is said around a training, not handed down to it: what describes a model need not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keeping:
    """What is kept while a network is trained.

    Attributes:
        checkpoints: a folder for them; None for none.
        every: seconds between checkpoints, at least. They are written at the ends of epochs.
        curves: a folder for TensorBoard's events; None for none.
        epoch: is told after each epoch how many are done, of how many.
    """

    checkpoints: Path | None = None
    every: float = 30.0
    curves: Path | None = None
    epoch: Callable[[int, int], None] | None = None


_now: ContextVar[Keeping] = ContextVar("keeping", default=Keeping())  # noqa: B039 - it is frozen


def current_keeping() -> Keeping:
    """What is said around the caller."""
    return _now.get()


@contextmanager
def keeping(wanted: Keeping) -> Iterator[None]:
    """Trainings in here keep what is wanted."""
    before = _now.set(wanted)
    try:
        yield
    finally:
        _now.reset(before)
