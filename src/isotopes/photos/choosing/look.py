"""Everything we need to know about a file before any is chosen. Runs in a worker process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isotopes.photos.choosing.fingerprint import read_content
from isotopes.photos.choosing.holding import UNKNOWN, what_it_holds
from isotopes.photos.choosing.memory import explain_memory, memory_needed
from isotopes.photos.choosing.siblings import ALONE, KINDS, RAW
from isotopes.photos.fate import Entry, Fate
from isotopes.photos.listing import describe_damage, enter
from isotopes.photos.reading import opened

DECODED = 12  # bytes for each pixel, where a picture is only looked at
STARTS_PROGRAMS = {"EPS", "WMF"}  # Pillow hands them to Ghostscript and Windows
SEVERAL = "several pictures, of which only the first was compared"


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
        need = memory_needed(path)
        if need > memory:
            return entry.copied(explain_memory(need, memory))
        return replace(entry, memory=need, content=read_content(path))
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
        return entry.copied(describe_damage(error))


def _is_raw(path: Path, entry: Entry) -> bool:
    """Whether Pillow would take the file's preview for its picture."""
    return "raw file" in entry.reason or KINDS.get(path.suffix.lower()) == RAW


def _look_at_other(path: Path, entry: Entry, memory: int) -> Entry:
    """With its content, if Pillow can decode it, whatever it is called."""
    try:
        with opened(path) as picture:
            if picture.format in STARTS_PROGRAMS or (
                picture.width * picture.height * DECODED > memory
            ):
                return entry
            holds = SEVERAL if getattr(picture, "n_frames", 1) > 1 else ""
        return replace(entry, content=read_content(path), holds=holds)
    except Exception:  # noqa: BLE001 - it can't be compared then
        return entry


def _with_what_it_holds(path: Path, entry: Entry) -> Entry:
    if KINDS.get(path.suffix.lower()) in ALONE:
        return entry  # its kind is enough: searching films takes long
    try:
        return replace(entry, holds=what_it_holds(path))
    except OSError:  # copying it will report this
        return replace(entry, holds=UNKNOWN)
