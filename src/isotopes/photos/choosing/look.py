"""All that is to be known of one file before anything is chosen. Runs in a worker process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isotopes.photos.choosing.fingerprint import read_content
from isotopes.photos.choosing.memory import explain_memory, memory_needed
from isotopes.photos.content import Content
from isotopes.photos.fate import Entry, Fate
from isotopes.photos.reading import opened
from isotopes.photos.scan import describe_damage, enter, is_media

DECODED = 12  # bytes for each pixel, where a picture is only looked at


def look_at_file(path: Path, name: str, memory: int) -> Entry:
    """The file's fate as far as it can be told, and what the picture in it shows.

    Pictures that can't be marked are looked at too: one of them may show the same as a picture
    that can.

    Args:
        name: for the entry.
        memory: bytes that a picture may take.
    """
    entry = enter(path, name)
    if entry.fate is Fate.MARKABLE:
        return _look_at_markable(path, entry, memory)
    if entry.fate is Fate.COPIED and is_media(path) and "raw file" not in entry.reason:
        return replace(entry, content=_content_of_other(path, memory))
    return entry


def _look_at_markable(path: Path, entry: Entry, memory: int) -> Entry:
    try:
        need = memory_needed(path)
        if need > memory:
            return entry.copied(explain_memory(need, memory))
        return replace(entry, memory=need, content=read_content(path))
    except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
        return entry.copied(describe_damage(error))


def _content_of_other(path: Path, memory: int) -> Content | None:
    """None where it can't be decoded: it can't be compared then."""
    try:
        with opened(path) as picture:
            if picture.width * picture.height * DECODED > memory:
                return None
        return read_content(path)
    except Exception:  # noqa: BLE001
        return None
