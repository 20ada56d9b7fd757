"""What plans of all kinds have in common: a hash to be shown before asking, and a seed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from isotopes.canonical import digest_of


class HashedPlan(ABC):
    """Base of frozen dataclasses with 64 hexadecimal digits as their `seed`."""

    seed: str

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types."""

    @cached_property
    def hash(self) -> str:
        """``sha256:...`` over all fields: what the verdict names, to be shown before asking."""
        return digest_of(self.to_dict())

    @property
    def seed_key(self) -> bytes:
        """The seed as the key of a `KeyStream`."""
        return bytes.fromhex(self.seed)
