"""What a training writes besides its model: checkpoints and curves.

A context instead of an argument, because the description of a model must not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SideOutputs:
    """Where a training writes, and what it calls.

    Attributes:
        checkpoints: a folder for them; None for none.
        every: seconds between checkpoints, at least. They are written at the ends of epochs.
        curves: a folder for TensorBoard's events; None for none.
        epoch: called after each epoch with epochs done and epochs in all.
    """

    checkpoints: Path | None = None
    every: float = 30.0
    curves: Path | None = None
    epoch: Callable[[int, int], None] | None = None


_now: ContextVar[SideOutputs] = ContextVar("side_outputs", default=SideOutputs())  # noqa: B039 - it is frozen


def current_side_outputs() -> SideOutputs:
    """The side outputs that are set around the caller."""
    return _now.get()


@contextmanager
def side_outputs(wanted: SideOutputs) -> Iterator[None]:
    """Trainings in this block write these."""
    before = _now.set(wanted)
    try:
        yield
    finally:
        _now.reset(before)
