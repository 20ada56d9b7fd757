"""Free text in metadata: whether a block is text at all, and whether it may stay."""

from __future__ import annotations

from isotopes.photos.metadata.cleaned import (
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Cleaned,
    Purpose,
)
from isotopes.photos.metadata.pictures import shows_picture
from isotopes.photos.metadata.position_text import tells_position

CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\0"))


def is_text(block: bytes) -> bool:
    """Whether hardly anything in it is a control character, whatever the encoding."""
    controls = len(block) - len(block.translate(None, delete=CONTROLS))
    return controls <= len(block) // 100


def decode_text(block: bytes) -> str:
    """Text in UTF-8, Latin-1 or, if its letters are Latin, UTF-16, as a person reads it."""
    bare = block.replace(b"\0", b"")
    try:
        return bare.decode()
    except UnicodeDecodeError:
        return bare.decode("latin-1")


def block_tells_position(block: bytes) -> bool:
    """Whether a text tells a position, in any encoding that it may have."""
    readings = [decode_text(block)]
    if b"\0" in block:
        readings += [block.decode(wide, "replace") for wide in ("utf-16-le", "utf-16-be")]
    return any(tells_position(reading) for reading in readings)


def clean_text(block: bytes, purpose: Purpose) -> Cleaned:
    """A comment or caption: all of it, or nothing."""
    if shows_picture(block):
        return Cleaned(None, (THUMBNAIL,))
    if not is_text(block):
        return Cleaned(None, (NOT_UNDERSTOOD,))
    if purpose is Purpose.NO_POSITION and block_tells_position(block):
        return Cleaned(None, (POSITION,))
    return Cleaned(block)
