"""Goes through the directories of a TIFF file or EXIF block: which entries may stay?"""

from __future__ import annotations

from collections.abc import Callable

from isotopes.errors import PhotoError
from isotopes.photos.metadata import tags
from isotopes.photos.metadata.cleaned import (
    C2PA,
    MAKER_NOTE,
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Cleaned,
    Purpose,
)
from isotopes.photos.metadata.directories import TEXT, Directories, Field, Range
from isotopes.photos.metadata.icc import clean_icc
from isotopes.photos.metadata.iptc import clean_iptc
from isotopes.photos.metadata.photoshop import clean_photoshop
from isotopes.photos.metadata.pictures import blank_pictures, shows_picture
from isotopes.photos.metadata.text import block_tells_position, is_text
from isotopes.photos.metadata.xmp import clean_xmp

MOST_OVERLAP = 8  # times the file's size; a few kilobytes could ask for hours otherwise
DEEPEST = 4  # directories in directories; more is a loop
SMALL = 128  # bytes, 6 x 7 pixels: larger unknown entries go unless they are text

Clean = Callable[[bytes, Purpose], Cleaned]
BLOCKS: dict[int, Clean] = {
    tags.XMP: clean_xmp,
    tags.IPTC: clean_iptc,
    tags.PHOTOSHOP: clean_photoshop,
    tags.PROFILE: clean_icc,
}
WHY = {**dict.fromkeys(tags.HIDDEN_PICTURES, THUMBNAIL), tags.C2PA: C2PA}
WHY_WITHOUT_POSITION = {
    **dict.fromkeys({tags.GPS_IFD, *tags.GEOGRAPHIC}, POSITION),
    tags.MAKER_NOTE: MAKER_NOTE,
}


class TagCleaner:
    """Cleans directories in place, and notes which bytes are still in use.

    Attributes:
        used: ranges that kept entries refer to, directories included.
        left_out: why entries went, in the words of `cleaned`.
    """

    def __init__(self, directories: Directories, purpose: Purpose) -> None:
        self._directories, self._purpose = directories, purpose
        self.used: list[Range] = []
        self.left_out: list[str] = []
        self._looked_at = 0  # bytes

    def leave_out(self, what: str) -> None:
        """Note that something went."""
        self.left_out.append(what)

    def clean(self, directory: int, depth: int = 0, known: set[int] = tags.KNOWN) -> None:
        """Clean the directory at this offset and all below it.

        Raises:
            PhotoError: directories nested too deep, or one that lies outside.
        """
        if depth > DEEPEST:
            raise PhotoError("metadata directories are nested too deep")
        found = self._directories
        kept = {f.position for f in found.fields(directory) if self._may_stay(f, depth, known)}
        found.keep(directory, lambda field: field.position in kept)
        self.used.append(found.extent(directory))
        for field in found.fields(directory):
            if field.size > found.layout.inline:
                self.used.append((field.place, field.place + field.size))

    def _may_stay(self, field: Field, depth: int, known: set[int]) -> bool:
        why = self._why_not(field, depth, known)
        if why is not None:
            self.leave_out(why)
        return why is None

    def _why_not(self, field: Field, depth: int, known: set[int]) -> str | None:
        why = WHY.get(field.tag)
        if why is None and self._purpose is Purpose.NO_POSITION:
            why = WHY_WITHOUT_POSITION.get(field.tag)
        if why is not None or field.tag in tags.CODING:
            return why
        if field.tag in tags.POINTERS:
            return self._below(field, depth)
        self._looked_at += field.size
        if self._looked_at > MOST_OVERLAP * len(self._directories.buffer):
            raise PhotoError("its metadata entries lie over each other")
        value = self._directories.value(field)
        if field.tag == tags.MAKER_NOTE and shows_picture(value):
            value = blank_pictures(value)
            self._directories.write(field, value)
            self.leave_out(THUMBNAIL)
        if field.tag in BLOCKS:
            return self._block(field, value)
        return self._judge(field, value, known)

    def _below(self, field: Field, depth: int) -> str | None:
        """Clean the directory that the field points at."""
        known = {tags.GPS_IFD: tags.GPS_TAGS, tags.INTEROP_IFD: tags.INTEROP_TAGS}
        for place in self._directories.numbers(field)[:1]:
            try:
                self._directories.fields(place)
            except PhotoError:
                return NOT_UNDERSTOOD  # it points nowhere
            self.clean(place, depth + 1, known.get(field.tag, tags.KNOWN))
        return None

    def _block(self, field: Field, value: bytes) -> str | None:
        cleaned = BLOCKS[field.tag](value, self._purpose)
        if cleaned.data is None or len(cleaned.data) > field.size:
            return cleaned.left_out[0]
        if cleaned.data != value:
            self._directories.write(field, cleaned.data)
        for what in cleaned.left_out:
            self.leave_out(what)
        return None

    def _judge(self, field: Field, value: bytes, known: set[int]) -> str | None:
        if shows_picture(value):
            return THUMBNAIL
        if field.tag not in known:
            if self._purpose is Purpose.NO_POSITION:
                return NOT_UNDERSTOOD
            if len(value) > SMALL and not is_text(value):
                return NOT_UNDERSTOOD
        if self._purpose is Purpose.NO_POSITION and block_tells_position(_text(field, value)):
            return POSITION
        return None


def _text(field: Field, value: bytes) -> bytes:
    """What people typed; empty for numbers."""
    if field.tag == tags.USER_COMMENT:  # eight bytes tell its encoding
        return value[8:]
    return value if field.kind in TEXT or field.tag in tags.WIDE_TEXT else b""
