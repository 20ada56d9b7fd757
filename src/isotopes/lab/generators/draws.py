"""Marks that many measurements compare with: each is drawn once, and kept at the sizes in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from isotopes.lab.models.mark_spec import Drawn, drawn, key_of
from isotopes.marks import Mark, Rendered

DECOYS = 999  # p can be 0.001
KEPT = 30_000  # renderings, of 12 KB each at 64 pixels

T = TypeVar("T")


@dataclass(frozen=True)
class KeptMark(Mark):
    """A draw whose renderings are kept; a draw itself takes sixteen times the memory."""

    spec: Drawn

    @property
    def additive(self) -> bool:  # type: ignore[override]
        """As the draw's."""
        return self.render(8, 8).additive

    def render(self, height: int, width: int) -> Rendered:
        return _rendered(self.spec, height, width)


def decoys(family: str, seed: int, part: int = 0) -> list[KeptMark]:
    """Draws that are in nobody's pictures.

    All marks of a family, a seed and a part are compared with the same ones, of another key than
    theirs. Keys are independent, so each p-value is exact; those of several marks depend on one
    another a little.
    """
    # The first set is that of marks which somebody used.
    first = drawn(family, key_of("decoys", family, seed, *([part] if part else [])), 0)
    return [KeptMark(replace(first, index=at)) for at in range(DECOYS)]


def unused_marks(family: str, seed: int, count: int) -> list[KeptMark]:
    """Marks that nobody used, each with a key of its own."""
    return [
        KeptMark(drawn(family, key_of("unused", family, seed, number), 0))
        for number in range(count)
    ]


def in_parts(marks: Sequence[T], parts: int) -> Iterator[tuple[int, Sequence[T]]]:
    """The marks in so many parts, each with its number: fewer depend on the same decoys."""
    for part in range(min(parts, len(marks))):
        yield part, marks[part::parts]


@lru_cache(maxsize=KEPT)
def _rendered(spec: Drawn, height: int, width: int) -> Rendered:
    return spec.make().render(height, width)
