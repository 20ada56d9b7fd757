"""Which pictures get the mark: drawn by a key, without replacement, whatever order they come in."""

from __future__ import annotations

from collections.abc import Collection

from isotopes.errors import FolderError
from isotopes.seeds import KeyStream, derive


def choose(
    names: Collection[str], key: bytes, *, share: float | None = None, count: int | None = None
) -> frozenset[str]:
    """The names to mark, out of those that can be marked.

    Every name draws 64 bits from the key and itself, and the smallest draws win. So the choice
    depends on nothing but the key and the set of names, a larger share holds all of a smaller one,
    and one file more or less changes at most one place.

    Args:
        names: distinct, relative to the folder.
        key: 32 secret bytes; without it nobody can tell who was chosen.
        share: of the names, in (0, 1]; rounded to the nearest number, at least one.
        count: how many instead; give one of the two.

    Raises:
        ValueError: neither share nor count, or both.
        FolderError: a share or count out of range, or no picture that can be marked.
    """
    wanted = _how_many(len(set(names)), share, count)
    return frozenset(sorted(set(names), key=lambda name: (_draw(key, name), name))[:wanted])


def _how_many(total: int, share: float | None, count: int | None) -> int:
    if (share is None) == (count is None):
        raise ValueError("give either share or count")
    if total == 0:
        raise FolderError(
            "the folder must hold at least one picture that can be marked, got none",
            hint="a dry run lists every file with the reason",
        )
    if share is not None:
        if not 0 < share <= 1:
            raise FolderError(
                f"the share to mark must be above 0 and at most 1, got {share}",
                hint="0.1 marks every tenth picture",
            )
        return max(1, round(share * total))
    assert count is not None  # noqa: S101 - one of the two is given
    if not 1 <= count <= total:
        raise FolderError(
            f"the number of pictures to mark must be 1 to {total}, got {count}",
            hint=f"{total} pictures here can be marked",
        )
    return count


def _draw(key: bytes, name: str) -> tuple[int, int]:
    first, second = KeyStream(derive(key, f"isotopes/v1/choose/{name}")).integers(0, 2**32, 2)
    return int(first), int(second)
