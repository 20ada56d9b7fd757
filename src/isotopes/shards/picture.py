"""One picture of a sample: chosen by its content, marked, and finished like all others."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from isotopes.marks import Family, Mark, get_family
from isotopes.photos import mark_picture
from isotopes.photos.choosing.choose import DRAWS, keyed_number
from isotopes.photos.choosing.fingerprint import read_content
from isotopes.photos.choosing.memory import explain_memory, memory_needed
from isotopes.photos.formats import HEAD, recognise
from isotopes.photos.listing import describe_damage
from isotopes.photos.opting_out import opted_out
from isotopes.shards.terms import ShardTerms, choice_key

NO_PICTURE = "not a picture that can be marked"
NO_USER = "no user is named for it"
MARKS_KEPT = 64  # in each worker; one of them takes 200 KB


@dataclass(frozen=True)
class Treated:
    """What became of a picture.

    Attributes:
        data: the file to publish; None if it must stay private, as its metadata can't be removed.
        marked: whether it carries the mark.
        pixels: ``sha256:...`` of what it shows (`photos.Content`); "" if that isn't known.
        reason: why it could not be marked, or is left out; "" if it was marked or not chosen.
    """

    data: bytes | None
    marked: bool = False
    pixels: str = ""
    reason: str = ""


def treat(data: bytes, user: str | None, terms: ShardTerms) -> Treated:
    """The picture as it will be published. A bad picture raises no error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd files
        return _finished(_marked(data, user, terms), terms)


def untouched(data: bytes, reason: str, terms: ShardTerms) -> Treated:
    """A picture that can't be decoded: unchanged, or left out if its metadata must go."""
    if terms.strip is not None:
        return Treated(None, reason=f"{reason}; its metadata can't be removed")
    return Treated(data, reason=reason)


def _marked(data: bytes, user: str | None, terms: ShardTerms) -> Treated:
    if recognise(data[:HEAD]) is None:
        return Treated(data, reason=NO_PICTURE)
    if terms.per is not None and not user:
        return Treated(data, reason=NO_USER)
    pixels = ""
    try:
        need = memory_needed(data)
        if need > terms.memory:
            return Treated(data, reason=explain_memory(need, terms.memory))
        content = read_content(io.BytesIO(data))
        pixels = content.pixels
        key = terms.key_of(user)
        if keyed_number(choice_key(key), pixels) >= terms.share * DRAWS:
            return Treated(data, pixels=pixels)
        mark = _mark(_family(terms), key)
        written = mark_picture(data, mark, terms.alpha, coloured=content.coloured)
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
        return Treated(data, pixels=pixels, reason=describe_damage(error))
    return Treated(written.data, marked=True, pixels=pixels)


def _finished(found: Treated, terms: ShardTerms) -> Treated:
    """Without the metadata that must go, and with the note against training."""
    data, reason = found.data, found.reason
    known = None if data is None else recognise(data[:HEAD])
    if data is None or known is None:
        return found
    if terms.strip is not None:
        try:
            data = known.strip(data, terms.strip).data
        except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
            why = f"its metadata can't be removed: {describe_damage(error)}"
            return Treated(None, False, found.pixels, why)
    if terms.opt_out:
        try:
            data = opted_out(data).data
        except Exception as error:  # noqa: BLE001
            reason = "; ".join(filter(None, [reason, f"no opt-out: {describe_damage(error)}"]))
    return Treated(data, found.marked, found.pixels, reason)


def _family(terms: ShardTerms) -> Family:
    return _known_family(terms.family, tuple(sorted(terms.options.items())), terms.version)


@lru_cache(4)
def _known_family(name: str, options: tuple[tuple[str, str], ...], version: int) -> Family:
    settings: Mapping[str, str] = dict(options)
    return get_family(name, settings, version)


@lru_cache(MARKS_KEPT)
def _mark(family: Family, key: bytes) -> Mark:
    return family.draw(key, 0)
