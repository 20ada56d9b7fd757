"""A model that learned from marked pictures beside its innocent twin: what such trials share."""

from __future__ import annotations

from typing import Generic, Protocol, Self, TypeVar


class Twinned(Protocol):
    """A described model that has an innocent twin."""

    @property
    def seed(self) -> int: ...
    @property
    def innocent(self) -> Self: ...


M = TypeVar("M", bound=Twinned)


class TwinTrial(Generic[M]):
    """A trial of two models. It has no fields: those of a trial name its results in the cache.

    Attributes:
        guilty: the model that learned from marked pictures.
    """

    guilty: M

    @property
    def seed(self) -> int:
        """Of both models."""
        return self.guilty.seed

    def models(self) -> tuple[M, M]:
        return self.guilty, self.guilty.innocent
