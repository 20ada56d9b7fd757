"""Which pictures of a folder were published before: by their bytes, by what they show, by name."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from isotopes.photos import Content, Likeness, parts_of_known, same_as_known
from isotopes.vault import FileEntry, Known
from isotopes.vault.terms import storable


class Way(Enum):
    """How a picture is known again."""

    ORIGINAL = "the same file"
    PUBLISHED = "the published copy itself, or a copy of that"
    PIXELS = "the same pixels"
    COPY = "another size, quality or format"
    EDIT = "an edited version"
    PART = "a part of it, or the same with a border or a banner"
    TURNED = "turned or mirrored"


LIKENESSES = {
    Likeness.EQUAL: Way.COPY,
    Likeness.EDITED: Way.EDIT,
    Likeness.TURNED: Way.TURNED,
}


@dataclass(frozen=True)
class Earlier:
    """An earlier publication of a picture.

    Attributes:
        owner: the isotope's name.
        entry: what the vault keeps of it.
        way: how the picture is known again.
    """

    owner: str
    entry: FileEntry
    way: Way


def comparable(name: str) -> str:
    """A name as the vault keeps it, in one Unicode form: macOS writes accents as letters."""
    return unicodedata.normalize("NFC", storable(name))


def find_earlier(
    known: Sequence[Known],
    digests: Mapping[str, str],
    contents: Mapping[str, Content],
    same_place: Mapping[str, Known],
) -> dict[str, list[Earlier]]:
    """For each picture that was published before, when it was: the surest way that finds any.

    Args:
        known: every picture that the vault has recorded.
        digests: ``sha256:...`` of each file, by name.
        contents: what the pictures show, by name, as far as it is known.
        same_place: published pictures by the name that they have in this very folder, as
            `comparable` writes it.
    """
    by_digest: dict[str, list[Earlier]] = defaultdict(list)
    by_pixels: dict[str, list[Earlier]] = defaultdict(list)
    for owner, entry in known:
        by_digest[entry.sha256_before].append(Earlier(owner, entry, Way.ORIGINAL))
        if entry.sha256_after != entry.sha256_before:
            by_digest[entry.sha256_after].append(Earlier(owner, entry, Way.PUBLISHED))
        if entry.pixels:
            by_pixels[entry.pixels].append(Earlier(owner, entry, Way.PIXELS))
    found = {}
    for name, sha256 in digests.items():
        content = contents.get(name)
        earlier = by_digest.get(sha256) or by_pixels.get(content.pixels if content else "")
        if not earlier and (before := same_place.get(comparable(name))) is not None:
            earlier = [Earlier(*before, Way.EDIT)]
        if earlier:
            found[name] = earlier
    left = {name: contents[name] for name in digests if name in contents and name not in found}
    return found | _find_alike(known, left)


def _find_alike(
    known: Iterable[Known], contents: Mapping[str, Content]
) -> dict[str, list[Earlier]]:
    """By a glance: copies in another size or format, edits, and copies that were turned."""
    glances = {
        name: content.glance
        for name, content in contents.items()
        if content.glance is not None and not content.tiny
    }
    by_glance: dict[bytes, list[Known]] = defaultdict(list)
    for one in known:
        for glance in one[1].glances:
            by_glance[glance].append(one)
    names, old = list(glances), list(by_glance)
    found: dict[str, list[Earlier]] = defaultdict(list)
    for name, content in contents.items():  # icons look the same only if they are
        if content.tiny and content.glance in by_glance:
            found[name] = [Earlier(*one, Way.COPY) for one in by_glance[content.glance]]
    for new, earlier, likeness in same_as_known(list(glances.values()), old):
        way = LIKENESSES[likeness]
        found[names[new]] += [Earlier(*one, way) for one in by_glance[old[earlier]]]
    unknown = {name: glance for name, glance in glances.items() if name not in found}
    for name, whole in _find_parts(unknown, old):
        found[name] += [Earlier(*one, Way.PART) for one in by_glance[whole]]
    return found


def _find_parts(new: Mapping[str, bytes], old: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Names of new pictures, each with the glance of one that it is a part of, or that is of it."""
    names = list(new)
    for at, earlier in parts_of_known(list(new.values()), old):
        yield names[at], old[earlier]
