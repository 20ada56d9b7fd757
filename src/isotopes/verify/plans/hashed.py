"""Common to all plans: a hash that is shown before asking, and a seed."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from isotopes.canonical import digest_of
from isotopes.errors import PlanError
from isotopes.seeds import KEY_BYTES


class HashedPlan(ABC):
    """Base of frozen dataclasses that fix which pictures are asked, in which order."""

    alpha: float
    decoys: int
    probes: tuple[str, ...]
    probe_labels: tuple[str | None, ...]
    seed: str
    query_order: str

    @property
    def pictures(self) -> tuple[str, ...]:
        """All that are asked with marks, in the order of the answers."""
        return self.probes

    @property
    def unmarked(self) -> int:
        """How many of the pictures, the first ones, are asked without a mark too."""
        return len(self.probes)

    @property
    def distinct(self) -> int:
        """How many different pictures these are."""
        return len(self.probes)

    @property
    def views(self) -> Mapping[int, int]:
        """Which pictures are asked in another view, and where the same one stands as it is."""
        return MappingProxyType({})

    @property
    def disguised(self) -> bool:
        """Does each query change its picture in another way?"""
        return False

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types."""

    @cached_property
    def hash(self) -> str:
        """``sha256:...`` over all fields, shown before asking and named by the verdict."""
        return digest_of(self.to_dict())

    def check_design(self, query_order: str) -> None:
        """Raise PlanError unless marks, probes, seed and order are valid."""
        if self.decoys < 1:
            raise PlanError(f"a test needs at least 1 decoy, got {self.decoys}")
        if not 0 < self.alpha <= 1:
            raise PlanError(f"alpha must be above 0 and at most 1, got {self.alpha:g}")
        if not re.fullmatch(f"[0-9a-f]{{{2 * KEY_BYTES}}}", self.seed):
            raise PlanError(f"a plan's seed must be {2 * KEY_BYTES} hexadecimal digits")
        if self.query_order != query_order:
            raise PlanError(f"a plan's query_order must be {query_order}, got {self.query_order!r}")
        if not self.pictures:
            raise PlanError("a plan needs at least 1 probe, got none")
        if len(set(self.pictures)) < self.distinct:
            raise PlanError("the probes of a plan must differ, got the same picture twice")
        if len(self.probe_labels) != len(self.probes):
            raise PlanError(
                f"a plan must have one label or None for each of {len(self.probes)} probes,"
                f" got {len(self.probe_labels)}"
            )

    @property
    def seed_key(self) -> bytes:
        """The seed as the key of a `KeyStream`."""
        return bytes.fromhex(self.seed)
