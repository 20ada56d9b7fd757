"""The result of checking one part of a bundle."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartCheck:
    """The result for one part.

    Attributes:
        part: its name, or what it was compared with.
        holds: None if the bundle alone doesn't show it.
        why: in words: what was recomputed, or what is wrong.
        vouched: who vouches for it: "arithmetic", "the authority" or "the owner's word".
    """

    part: str
    holds: bool | None
    why: str
    vouched: str = "arithmetic"

    @classmethod
    def of(cls, part: str, holds: bool, why: str) -> PartCheck:
        """What arithmetic says of a part.

        Args:
            why: what follows "it" if it holds.
        """
        return cls(part, holds, why if holds else f"it is not so that it {why}")
