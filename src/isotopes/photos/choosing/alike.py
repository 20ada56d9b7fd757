"""Groups of pictures that show the same: either all of a group carry the mark, or none does.

The difference between two pictures that show the same, one with the mark and one without, gives the
mark away. A photo's copies (also under other names, in other sizes and formats) and the shots of a
burst are pictures of this kind.

Some pictures betray the mark even if both carry it. A copy with more contrast differs from the
original by a fraction of the original, which shows which part is the mark and which isn't. On a
copy that was turned or mirrored the mark lies the other way round, on a crop it has another size.
Such pictures stay unmarked. So
do copies of a picture in a format that can't be marked, and pictures that such a file shows as a
later frame or a thumbnail. A marked file holds none of these any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from isotopes.photos.choosing.glance import Likeness, same_pictures, same_scene
from isotopes.photos.choosing.parts import parts_among
from isotopes.photos.content import Content

BURST_SECONDS = 3.0  # between two shots
BURST_SHOTS = 30  # each shot is compared with this many before it


class Bond(StrEnum):
    """How pictures belong together, the closest first."""

    COPY = "the same pixels"
    VERSION = "the same picture in another size, quality or format"
    BURST = "shots of one burst or scene"
    EDIT = "the same picture with edits, or cropped"
    PART = "a part of the same picture, or the same with a border or a banner"
    TURNED = "the same picture, turned or mirrored"
    INSIDE = "a picture that another file holds as a thumbnail or a further picture"


BONDS = {
    Likeness.EQUAL: Bond.VERSION,
    Likeness.EDITED: Bond.EDIT,
    Likeness.TURNED: Bond.TURNED,
}


@dataclass(frozen=True)
class Alike:
    """Pictures that show the same; most groups hold one.

    Attributes:
        names: of those that can be marked, sorted.
        content: the smallest of their pixel hashes; the group's draw depends on it.
        bonds: how they belong together; empty for a single picture.
        bare: names of those of a kind that can't be marked, sorted.
        unfit: why the mark would leave nothing in any of them; empty if it would.
    """

    names: tuple[str, ...]
    content: str
    bonds: frozenset[Bond] = frozenset()
    bare: tuple[str, ...] = ()
    unfit: str = ""

    @property
    def obstacle(self) -> str:
        """Why none of them may carry the mark, in words; empty if they may."""
        if self.unfit:
            return self.unfit
        if self.bare:
            return f"{self.bare[0]} shows the same and can't be marked"
        for bond in (Bond.EDIT, Bond.PART, Bond.TURNED):
            if bond in self.bonds:
                return f"there is {bond}: both with the mark would give it away"
        return ""


def group_alike(
    contents: Mapping[str, Content],
    unmarkable: Collection[str] = (),
    further: Mapping[str, Sequence[Content]] = MappingProxyType({}),
) -> list[Alike]:
    """Put each picture that can be marked into one group; groups are sorted by their first name.

    A picture that is like any one of a group belongs to the whole group.

    Args:
        contents: by name.
        unmarkable: names of pictures that will be published as they are; they belong to the groups
            of pictures that show the same.
        further: what other pictures in the files of `contents` show.
    """
    names = sorted(contents)
    found = [contents[name] for name in names]
    file_of = list(range(len(names)))
    for index, name in enumerate(names):
        inside = further.get(name, ())
        found += inside
        file_of += [index] * len(inside)
    leader = list(range(len(names)))
    bursts = list(_bursts(found))
    moved = {(min(first, second), max(first, second)) for first, second, _ in bursts}
    # Shots of a burst differ by the scene, not by an edit; but an edit keeps its original's time.
    versions = [
        link
        for link in _versions(found)
        if link[:2] not in moved or found[link[0]].moment == found[link[1]].moment
    ]
    links = [_between_files(link, file_of, len(names)) for link in (*_copies(found), *versions)]
    links = sorted((*links, *bursts), key=lambda link: link[2] is Bond.INSIDE)
    bonded = []
    for first, second, bond in links:
        is_new = _top(leader, second) != _top(leader, first)
        leader[_top(leader, second)] = _top(leader, first)
        if is_new or (bond is not Bond.INSIDE and first != second):
            bonded.append((first, bond))
    bonds: dict[int, set[Bond]] = {}
    for first, bond in bonded:
        bonds.setdefault(_top(leader, first), set()).add(bond)
    members: dict[int, list[int]] = {}
    for index in range(len(names)):
        members.setdefault(_top(leader, index), []).append(index)
    groups = []
    for top, together in members.items():
        markable = [index for index in together if names[index] not in unmarkable]
        if markable:
            groups.append(
                Alike(
                    tuple(names[index] for index in markable),
                    min(found[index].pixels for index in markable),
                    frozenset(bonds.get(top, ())),
                    tuple(names[index] for index in together if names[index] in unmarkable),
                )
            )
    return sorted(groups, key=lambda group: group.names)


Link = tuple[int, int, Bond]


def _between_files(link: Link, file_of: Sequence[int], files: int) -> Link:
    """The link as one of files; those behind the first `files` contents are inside others."""
    first, second, bond = link
    return file_of[first], file_of[second], Bond.INSIDE if second >= files else bond


def _copies(found: Sequence[Content]) -> Iterator[Link]:
    first: dict[str, int] = {}
    for index, content in enumerate(found):
        other = first.setdefault(content.pixels, index)
        if other != index:
            yield other, index, Bond.COPY


def _versions(found: Sequence[Content]) -> Iterator[Link]:
    # Copies have been linked: one of each is enough.
    chosen = {content.pixels: index for index, content in reversed([*enumerate(found)])}
    glances = {index: glance for index in chosen.values() if (glance := found[index].glance)}
    places = list(glances)
    links = {
        (min(places[i], places[j]), max(places[i], places[j])): BONDS[likeness]
        for i, j, likeness in same_pictures(list(glances.values()))
    }
    for i, j in parts_among(list(glances.values())):
        one, two = sorted((places[i], places[j]))
        links.setdefault((one, two), _bond_of_part(found[one], found[two]))
    for (one, two), bond in links.items():
        if not (found[one].tiny and found[two].tiny):
            yield one, two, bond


def _bond_of_part(one: Content, two: Content) -> Bond:
    """A crop has the time of its original; a second shot of the scene has one of its own."""
    if one.moment is None or two.moment is None or one.moment == two.moment:
        return Bond.PART
    return Bond.BURST


def _bursts(found: Sequence[Content]) -> Iterator[Link]:
    shots = [
        (content.moment, content.glance, index)
        for index, content in enumerate(found)
        if content.moment is not None and content.glance is not None
    ]
    shots.sort(key=lambda shot: (shot[0].camera, shot[0].seconds, shot[2]))
    for place, (after, two, second) in enumerate(shots):
        for before, one, first in shots[max(0, place - BURST_SHOTS) : place]:
            soon = after.seconds - before.seconds <= BURST_SECONDS
            if before.camera == after.camera and soon and same_scene(one, two):
                yield first, second, Bond.BURST


def _top(leader: list[int], index: int) -> int:
    while leader[index] != index:
        leader[index] = leader[leader[index]]
        index = leader[index]
    return index
