"""Marks as plain values, which can be hashed and sent to other processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache

from isotopes.lab.data.mark_pool import pool_digest, pool_folder
from isotopes.marks import Family, Mark, get_family, mix_marks
from isotopes.marks.families.image_blend import CARTOON
from isotopes.seeds import derive

FIRST_DECOY = 500  # draws from this index on are never put into a model's pictures
FROM_POOL = ("imagenet_blend", "hello_kitty")


@dataclass(frozen=True)
class Drawn:
    """A draw of a family, made by `drawn`.

    Attributes:
        family: `imagenet_blend` or `hello_kitty`, as the paper calls them, or a registered family.
        key: 64 hexadecimal digits. These keys protect nobody.
        index: below 500 for marks that go into pictures.
        version: of the family.
        pool: hash of the pictures that the family draws from; empty if it draws itself.
    """

    family: str
    key: str
    index: int
    version: int
    pool: str = ""

    def make(self) -> Mark:
        """The mark.

        Raises:
            MarkError: there is no such family, or it has too few draws.
        """
        return _make(self)

    def decoy(self, index: int) -> Drawn:
        """A draw that is in no model's pictures: 0, 1, ..."""
        return replace(self, index=FIRST_DECOY + index)


@dataclass(frozen=True)
class Mixed:
    """One draw with another mixed in.

    Attributes:
        first, second: the draws.
        ratio: weight of the second; the distance from `first` is proportional to it.
    """

    first: Drawn
    second: Drawn
    ratio: float

    def make(self) -> Mark:
        """The mark."""
        return _make(self)

    def decoy(self, index: int) -> Mixed:
        """Drawn by the same rule: another draw mixed into the same first one at the same ratio."""
        return replace(self, second=self.second.decoy(index))


MarkSpec = Drawn | Mixed


def with_decoys(mark: MarkSpec, count: int) -> list[MarkSpec]:
    """The mark, and so many of its decoys after it."""
    return [mark, *(mark.decoy(index) for index in range(count))]


def drawn(family: str, key: str, index: int) -> Drawn:
    """A draw of a family.

    Raises:
        FolderError: the family draws from a pool, which is not there.
    """
    pool = pool_digest() if family in FROM_POOL else ""
    return Drawn(family, key, index, _family(family, pool).version, pool)


def key_of(*parts: object) -> str:
    """A key derived from these only."""
    return derive(bytes(32), "isotopes/v1/lab/" + "/".join(map(str, parts))).hex()


@lru_cache(maxsize=1024)
def _make(spec: MarkSpec) -> Mark:
    if isinstance(spec, Mixed):
        return mix_marks(spec.first.make(), spec.second.make(), spec.ratio)
    return _family(spec.family, spec.pool).draw(bytes.fromhex(spec.key), spec.index)


@cache
def _family(name: str, _pool: str) -> Family:
    if name == "imagenet_blend":
        return get_family("image_blend", {"pool": str(pool_folder())})
    if name == "hello_kitty":
        return get_family("image_blend", {"picture": str(CARTOON), "pool": str(pool_folder())})
    return get_family(name)
