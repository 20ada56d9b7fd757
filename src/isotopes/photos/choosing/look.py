"""Everything we need to know about a file before any is chosen. Runs in a worker process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from isotopes.photos.choosing.cut_short import read_parts
from isotopes.photos.choosing.fingerprint import SMALLEST, content_in, content_of, distinct
from isotopes.photos.choosing.further import read_beside, read_embedded, read_frames
from isotopes.photos.choosing.holding import UNKNOWN, what_it_holds
from isotopes.photos.choosing.memory import FILE_COPIES, explain_memory, memory_needed
from isotopes.photos.choosing.siblings import ALONE, KINDS, RAW
from isotopes.photos.content import Content
from isotopes.photos.fate import Entry, Fate
from isotopes.photos.formats import HEAD, recognise
from isotopes.photos.listing import describe_damage, enter
from isotopes.photos.reading import opened

DECODED = 12  # bytes for each pixel, where a picture is only looked at
STARTS_PROGRAMS = {"EPS", "WMF"}  # Pillow hands them to Ghostscript and Windows
SEVERAL = "several pictures, of which not all could be compared"
CUT_SHORT = "damaged picture, which can be compared at most in part"
TRUNCATED = "truncated"


def look_at_file(path: Path, name: str, memory: int) -> Entry:
    """The file's fate, as far as this look shows, and what the picture in it shows.

    Pictures that can't be marked are looked at too: one of them may show the same as a picture
    that can.

    Args:
        name: for the entry.
        memory: bytes that a picture may take.
    """
    entry = enter(path, name)
    if entry.fate is Fate.MARKABLE:
        entry = _look_at_markable(path, entry, memory)
    elif entry.fate is Fate.COPIED and entry.size and not _is_raw(path, entry):
        entry = _look_at_other(path, entry, memory)
    if entry.fate is Fate.COPIED and entry.content is None and not entry.holds:
        return _with_what_it_holds(path, entry)
    return entry


def _look_at_markable(path: Path, entry: Entry, memory: int) -> Entry:
    try:
        with opened(path) as picture:
            need = memory_needed(path, picture)
            if need > memory:
                return entry.copied(explain_memory(need, memory))
            most = memory // DECODED
            inside = list(read_beside(path.read_bytes(), SMALLEST, most))
            if getattr(picture, "n_frames", 1) > 1:
                inside += read_frames(path, most)
            content = content_of(picture)
        return replace(
            entry,
            memory=need,
            content=content,
            further=distinct(map(content_in, inside), apart_from=content),
        )
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
        return _look_at_other(path, entry.copied(describe_damage(error)), memory)


def _is_raw(path: Path, entry: Entry) -> bool:
    """Whether Pillow would take the file's preview for its picture."""
    return "raw file" in entry.reason or KINDS.get(path.suffix.lower()) == RAW


def _look_at_other(path: Path, entry: Entry, memory: int) -> Entry:
    """With all that it shows, if Pillow can decode it, whatever it is called."""
    most = memory // DECODED
    shown: list[Content] = []
    holds, is_picture = "", False
    try:
        with opened(path) as picture:
            if picture.format in STARTS_PROGRAMS or picture.width * picture.height > most:
                return entry
            is_picture = True
            if entry.reason != TRUNCATED:  # else Pillow may take what follows for pixels
                shown.append(content_of(picture))
    except Exception:  # noqa: BLE001 - it is no picture, or damaged
        shown.clear()
    if not shown:
        if not (is_picture or _is_known(path)):
            return entry
        shown, holds = _parts_of(path, memory), CUT_SHORT
    if not shown:
        return replace(entry, holds=holds)
    content, *further = shown
    try:
        further.extend(_further(path, most))  # keeps those before the one that fails
    except Exception:  # noqa: BLE001 - the rest can't be compared
        holds = holds or SEVERAL
    others = distinct(further, apart_from=content)
    return replace(entry, content=content, further=others, holds=holds)


def _parts_of(path: Path, memory: int) -> list[Content]:
    """What the parts of a damaged picture show: behind the damage there may be anything."""
    try:
        if path.stat().st_size > memory // FILE_COPIES:
            return []
        return [content_in(*part) for part in read_parts(path, SMALLEST, memory // DECODED)]
    except Exception:  # noqa: BLE001 - it can't be compared then
        return []


def _is_known(path: Path) -> bool:
    """Whether the file begins as a picture does that can be marked."""
    try:
        with path.open("rb") as file:
            return recognise(file.read(HEAD)) is not None
    except OSError:
        return False


def _further(path: Path, most_pixels: int) -> Iterator[Content]:
    """What the file's other pictures show.

    Raises:
        Exception: not all of them can be compared.
    """
    yield from map(content_in, read_embedded(path, SMALLEST, most_pixels))
    yield from map(content_in, read_frames(path, most_pixels))


def _with_what_it_holds(path: Path, entry: Entry) -> Entry:
    if KINDS.get(path.suffix.lower()) in ALONE:
        return entry  # its kind is enough: searching films takes long
    try:
        return replace(entry, holds=what_it_holds(path))
    except OSError:  # copying it will report this
        return replace(entry, holds=UNKNOWN)
