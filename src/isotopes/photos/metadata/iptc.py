"""IPTC's records (IIM), cleaned: small pictures go, and so do fields that hold a position.

Reference: IPTC-NAA Information Interchange Model, version 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from isotopes.photos.metadata.cleaned import (
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Cleaned,
    Purpose,
    merge,
)
from isotopes.photos.metadata.pictures import shows_picture
from isotopes.photos.metadata.text import block_tells_position

MARKER = 0x1C
LONG = 0x8000  # of a length: the other bits say in how many bytes the size follows
ENVELOPE, APPLICATION = 1, 2
PREVIEWS = {200, 201, 202}  # of the application record: format, version, data of a preview


class _Dataset(NamedTuple):
    record: int
    number: int
    body: bytes
    encoded: bytes


def clean_iptc(block: bytes, purpose: Purpose) -> Cleaned:
    """The block without what may not stay; not longer than it was.

    Records with a picture in them (7 to 9) and the preview go. Nothing stays of a block that can't
    be read.
    """
    kept, left_out = [], []
    for dataset in _read(block):
        if dataset is None:
            return Cleaned(None, (NOT_UNDERSTOOD,))
        why = _why_not(dataset, purpose)
        if why is None:
            kept.append(dataset.encoded)
        else:
            left_out.append(why)
    if not left_out:
        return Cleaned(block)
    return Cleaned(b"".join(kept) or None, merge(tuple(left_out)))


def _why_not(dataset: _Dataset, purpose: Purpose) -> str | None:
    is_preview = dataset.record == APPLICATION and dataset.number in PREVIEWS
    if is_preview or shows_picture(dataset.body):
        return THUMBNAIL
    if dataset.record not in {ENVELOPE, APPLICATION}:
        return NOT_UNDERSTOOD
    if purpose is Purpose.NO_POSITION and block_tells_position(dataset.body):
        return POSITION
    return None


def _read(block: bytes) -> Iterator[_Dataset | None]:
    """Its datasets; ends with None at one that can't be read."""
    position, filled = 0, len(block.rstrip(b"\0"))  # zeros fill it up
    while position < filled:
        head = block[position : position + 5]
        length = int.from_bytes(head[3:], "big")
        start = position + 5
        if length & LONG:
            width = length & ~LONG
            length = int.from_bytes(block[start : start + width], "big")
            start += width
        end = start + length
        if len(head) < 5 or head[0] != MARKER or end > len(block):
            yield None
            return
        yield _Dataset(head[1], head[2], block[start:end], block[position:end])
        position = end
