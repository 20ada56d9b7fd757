"""One sample: its pictures are chosen by content, and marked alike if they show the same.

A sample often shows its picture more than once: as a thumbnail, in a second format, in its
description. The difference between two of these, one with the mark and one without it, would give
the mark away. So the rules are those of a folder (`photos.choosing.alike`), with the sample in the
folder's place.
"""

from __future__ import annotations

import io
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from isotopes.marks import Family, Mark, get_family
from isotopes.photos import mark_picture
from isotopes.photos.choosing.alike import Alike, group_alike
from isotopes.photos.choosing.choose import DRAWS, keyed_number
from isotopes.photos.choosing.fingerprint import (
    SMALLEST,
    content_in,
    content_of,
    distinct,
    read_content,
)
from isotopes.photos.choosing.further import read_beside, read_within
from isotopes.photos.choosing.look import STARTS_PROGRAMS
from isotopes.photos.choosing.memory import explain_memory, memory_needed
from isotopes.photos.content import Content
from isotopes.photos.formats import HEAD, recognise
from isotopes.photos.inserting import COLOUR_ALONE
from isotopes.photos.listing import describe_damage
from isotopes.photos.reading import opened
from isotopes.shards.finishing import finished, is_text
from isotopes.shards.part import SamplePart, Treated
from isotopes.shards.terms import ShardTerms, choice_key

NO_PICTURE = "not a picture that can be marked"
NO_USER = "no user is named for it"
MARKS_KEPT = 64  # in each worker; one of them takes 200 KB
DECODED = 12  # bytes for each pixel, where a picture is only looked at


def treat_sample(parts: list[SamplePart], user: str | None, terms: ShardTerms) -> list[Treated]:
    """The parts as they will be published. A bad picture raises no error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd files
        treated = _marked(parts, user, terms)
        return [finished(part, one, terms) for part, one in zip(parts, treated, strict=True)]


def untouched(parts: list[SamplePart], reason: str, terms: ShardTerms) -> list[Treated]:
    """A sample that can't be decoded: unchanged, or left out where metadata must go."""
    if terms.strip is not None:
        gone = Treated(None, reason=f"{reason}; its metadata can't be removed")
        return [
            finished(part, Treated(part.data), terms) if is_text(part.data) else gone
            for part in parts
        ]
    return [Treated(part.data, reason=reason if part.is_picture else "") for part in parts]


@dataclass(frozen=True)
class _Looked:
    """What a look at a part found.

    Attributes:
        shown: what it shows; its own picture first, if it is one.
        reason: why it can't be marked; "" if it can, as far as this look shows.
    """

    shown: tuple[Content, ...] = ()
    reason: str = NO_PICTURE


def _marked(parts: Sequence[SamplePart], user: str | None, terms: ShardTerms) -> list[Treated]:
    looked = [_look(part, terms.memory) for part in parts]
    if terms.per is not None and not user:
        looked = [replace(one, reason=NO_USER) for one in looked]
    treated = [
        Treated(
            part.data,
            pixels=one.shown[0].pixels if one.shown and part.is_picture else "",
            reason=one.reason if part.is_picture else "",
        )
        for part, one in zip(parts, looked, strict=True)
    ]
    if all(one.reason for one in looked):
        return treated
    key = terms.key_of(user)
    mark = _mark(_family(terms), key)
    for indices, group in _groups(parts, looked):
        if not any(parts[at].is_picture for at in indices):
            continue
        reason = group.obstacle or _why_too_grey(mark, [looked[at].shown[0] for at in indices])
        is_chosen = keyed_number(choice_key(key), group.content) < terms.share * DRAWS
        written: Sequence[bytes] | str = reason
        if is_chosen and not reason:
            written = _mark_all([(parts[at], looked[at]) for at in indices], mark, terms.alpha)
        for place, at in enumerate(indices):
            pixels = looked[at].shown[0].pixels
            if not isinstance(written, str):
                treated[at] = Treated(written[place], marked=True, pixels=pixels)
            elif parts[at].is_picture:
                treated[at] = replace(treated[at], reason=written)
    return treated


def _look(part: SamplePart, memory: int) -> _Looked:
    """What the part shows; one that can't be decoded is of no use to compare with either."""
    data, most = part.data, memory // DECODED
    known = recognise(data[:HEAD])
    try:
        if known is None:
            own = () if is_text(data) else _content_of_other(data, most)
            inside = read_within(data, SMALLEST, most)
            return _Looked(distinct((*own, *map(content_in, inside))))
        need = memory_needed(data)
        if need > memory:
            return _Looked(reason=explain_memory(need, memory))
        content = read_content(io.BytesIO(data))
        beside = distinct(map(content_in, read_beside(data, SMALLEST, most)), apart_from=content)
        return _Looked((content, *beside), "")
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
        return _Looked(reason=describe_damage(error))


def _content_of_other(data: bytes, most_pixels: int) -> tuple[Content, ...]:
    """Of a picture of a kind that can't be marked; nothing if it is none."""
    try:
        with opened(io.BytesIO(data)) as picture:
            if picture.format in STARTS_PROGRAMS or picture.width * picture.height > most_pixels:
                return ()
            return (content_of(picture),)
    except Exception:  # noqa: BLE001 - it is no picture, or damaged
        return ()


def _groups(
    parts: Sequence[SamplePart], looked: Sequence[_Looked]
) -> Iterator[tuple[list[int], Alike]]:
    """Indices of the parts that can be marked, those together that show the same."""
    there = [at for at, one in enumerate(looked) if one.shown]
    names = _names(parts)
    if len(there) == 1:
        (at,) = there
        yield there, Alike((names[at],), looked[at].shown[0].pixels)
        return
    index = {names[at]: at for at in there}
    groups = group_alike(
        {name: looked[at].shown[0] for name, at in index.items()},
        {name for name, at in index.items() if looked[at].reason},
        {name: looked[at].shown[1:] for name, at in index.items()},
    )
    for group in groups:
        yield [index[name] for name in group.names], group


def _names(parts: Sequence[SamplePart]) -> list[str]:
    """A name for each part: a tar may hold two members of one name."""
    seen: Counter[str] = Counter()
    names = []
    for part in parts:
        seen[part.name] += 1
        again = seen[part.name]
        names.append(part.name if again == 1 else f"{part.name} ({again})")
    return names


def _why_too_grey(mark: Mark, contents: Sequence[Content]) -> str:
    """Why pictures that show the same can't carry the mark if it is colour alone; "" if they can.

    A grey copy beside a coloured one shows it without the mark.
    """
    grey = sum(not content.coloured for content in contents)
    if not mark.colour_only or grey == 0:
        return ""
    return COLOUR_ALONE if grey == len(contents) else "a grey copy of it can't carry the mark"


def _mark_all(
    pictures: Sequence[tuple[SamplePart, _Looked]], mark: Mark, alpha: float
) -> list[bytes] | str:
    """The pictures with the mark; or why none of them carries it."""
    written = []
    for part, looked in pictures:
        try:
            coloured = looked.shown[0].coloured
            written.append(mark_picture(part.data, mark, alpha, coloured=coloured).data)
        except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
            why = describe_damage(error)
            return why if len(pictures) == 1 else f"{part.name} shows the same: {why}"
    return written


def _family(terms: ShardTerms) -> Family:
    return _known_family(terms.family, tuple(sorted(terms.options.items())), terms.version)


@lru_cache(4)
def _known_family(name: str, options: tuple[tuple[str, str], ...], version: int) -> Family:
    settings: Mapping[str, str] = dict(options)
    return get_family(name, settings, version)


@lru_cache(MARKS_KEPT)
def _mark(family: Family, key: bytes) -> Mark:
    return family.draw(key, 0)
