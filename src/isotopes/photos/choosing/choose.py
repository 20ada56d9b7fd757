"""Which pictures get the mark: drawn by a key on what they show, whatever they are called.

Each group of pictures that show the same draws 64 bits from the key and its content. So the choice
doesn't depend on names or on the order of files, and without the key nobody can tell who was
chosen. There are two rules:

- In a folder of fewer than EXACT_BELOW pictures, or if a count is asked for, the smallest draws
  win until the number is reached: of 60 pictures a tenth is 6, not 6 give or take 2.
- In a larger one a group is marked if its draw is below ``share * 2**64``. What is chosen then
  depends on each picture alone, so parts of a collection can be marked separately, and adding or
  removing a picture changes nothing for the others. The share comes out right to within
  sqrt(share * (1 - share) / pictures): a tenth of 1,000 is 100, give or take 9.5.

Pictures that were published before, with or without the mark, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from isotopes.errors import FolderError
from isotopes.photos.choosing.alike import Alike
from isotopes.seeds import KeyStream, derive

EXACT_BELOW = 1_000  # pictures
DRAWS = 2**64
WITHHELD = "the same picture was published with the mark, and this one can't carry it"


@dataclass(frozen=True)
class Choice:
    """What is to become of the pictures that can be marked; those not named stay unmarked.

    Attributes:
        marked: names of those that carry the mark.
        withheld: names of those that must not be published at all, with the reason.
    """

    marked: frozenset[str]
    withheld: Mapping[str, str] = field(default_factory=dict)


def choose(
    groups: Sequence[Alike],
    key: bytes,
    *,
    share: float | None = None,
    count: int | None = None,
    settled: Mapping[str, bool] | None = None,
) -> Choice:
    """Which pictures to mark.

    Args:
        groups: all pictures that can be marked, each in one group (`group_alike`).
        key: 32 secret bytes.
        share: of the pictures, in (0, 1]; at least one is chosen.
        count: how many instead; give one of the two. Groups are taken whole, so that fewer may be
            chosen, or more if every group is larger than the count.
        settled: names whose fate is fixed already, and whether they carry the mark. They count
            towards share and count. New pictures of their group carry it only if all of them do.

    Raises:
        ValueError: neither share nor count, or both.
        FolderError: a share or count out of range.
    """
    settled = settled or {}
    free = [group for group in groups if not group.obstacle]
    total = sum(len(group.names) for group in free)
    marked, withheld = _follow(groups, settled)
    _check(total, share, count)
    if not total:
        return Choice(marked, withheld)
    undecided = [group for group in free if not settled.keys() & set(group.names)]
    if share is not None and total >= EXACT_BELOW:
        picked = [group for group in undecided if keyed_number(key, group.content) < share * DRAWS]
    else:
        wanted = max(1, round(share * total)) if share is not None else count or 0
        # Marked before, some may have copies now that can't be: the share is of the others.
        counted = marked if share is None else marked & _names_of(free)
        picked = _smallest(undecided, key, wanted - len(counted), at_least_one=not marked)
    return Choice(marked.union(*(group.names for group in picked)), withheld)


def keyed_number(key: bytes, content: str) -> int:
    """64 bits that depend on the key and on what a picture shows, the same everywhere."""
    high, low = KeyStream(derive(key, f"isotopes/v2/choose/{content}")).integers(0, 2**32, 2)
    return int(high) << 32 | int(low)


def _names_of(groups: Iterable[Alike]) -> set[str]:
    return {name for group in groups for name in group.names}


def _smallest(
    groups: Sequence[Alike], key: bytes, wanted: int, *, at_least_one: bool
) -> list[Alike]:
    """Those with the smallest draws that fit into the number of pictures wanted."""
    ordered = sorted(groups, key=lambda group: keyed_number(key, group.content))
    picked, left = [], wanted
    for group in ordered:
        if len(group.names) <= left:
            picked.append(group)
            left -= len(group.names)
    return picked or (ordered[:1] if at_least_one else [])


def _follow(
    groups: Sequence[Alike], settled: Mapping[str, bool]
) -> tuple[frozenset[str], dict[str, str]]:
    """Given the settled names: the names that carry the mark, and the names to withhold."""
    marked = {name for group in groups for name in group.names if settled.get(name)}
    withheld = {}
    for group in groups:
        fates = {settled[name] for name in group.names if name in settled}
        new = [name for name in group.names if name not in settled]
        if fates == {True} and not group.obstacle:
            marked.update(new)
        elif True in fates and group.obstacle:
            withheld.update(dict.fromkeys((*new, *group.bare), WITHHELD))
    return frozenset(marked), withheld


def check_share(share: float) -> None:
    """Raise FolderError unless the share to mark is one."""
    if not 0 < share <= 1:
        raise FolderError(
            f"the share to mark must be above 0 and at most 1, got {share}",
            hint="0.1 marks every tenth picture",
        )


def _check(total: int, share: float | None, count: int | None) -> None:
    if (share is None) == (count is None):
        raise ValueError("give either share or count")
    if share is not None:
        check_share(share)
    if count is not None and total and not 1 <= count <= total:
        raise FolderError(
            f"the number of pictures to mark must be 1 to {total}, got {count}",
            hint=f"{total} pictures here can be marked",
        )
